import test from 'ava'
import { mutate, validate } from './review.ts'
import type { AdmissionRequest } from './review.ts'
import type { View } from './verdicts/index.ts'
import { aView } from './verdicts/samples.ts'

const nothing = aView()
const metadata = { name: 'a', namespace: 'tenant', uid: 'u', resourceVersion: '1' }
const vpc = { metadata: { name: 'main', uid: 'v' }, spec: { cidrBlocks: ['10.0.0.0/16'] } }
const view: View = {
  ...nothing,
  getVPC: () => vpc,
  subnetsOfVPC: () => [{ metadata: { name: 'other', uid: 'o' }, spec: { vpcRef: { name: 'main' }, cidrBlock: '10.7.0.0/16', availabilityZone: 'z' } }],
}
const subnet = {
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Subnet', metadata, spec: { vpcRef: { name: 'main' }, cidrBlock: '10.7.1.0/24', availabilityZone: 'z' },
}
const instance = (spec: object) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata, spec: { instanceType: 't2.old', ...spec } })
const create = (object: NonNullable<AdmissionRequest['object']>): AdmissionRequest => ({ uid: 'r', operation: 'CREATE', object })

test('a refusal lists every violation with its field, for people and for machines', (t) => {
  const { allowed, status } = validate(create(subnet), view)
  t.false(allowed)
  t.is(status?.code, 422)
  t.is(status?.details?.causes.length, 2)
  t.regex(status?.message ?? '', /spec\.cidrBlock: 10\.7\.1\.0\/24 is not inside .*; spec\.cidrBlock: .*overlaps/)
  t.is(status?.details?.kind, 'Subnet')
})

test('what refers to nothing yet is let in: objects arrive in any order', (t) => {
  t.true(validate(create(subnet), nothing).allowed)
})

test('a protected instance is not deleted, and the message says the way out', (t) => {
  const request: AdmissionRequest = { uid: 'r', operation: 'DELETE', object: null, oldObject: instance({ disableAPITermination: true }) }
  const { allowed, status } = validate(request, nothing)
  t.false(allowed)
  t.is(status?.reason, 'Forbidden')
  t.regex(status?.message ?? '', /disableAPITermination/)
  t.true(validate({ ...request, oldObject: instance({}) }, nothing).allowed)
})

test('a deprecated instance type is allowed with a warning', (t) => {
  const deprecated: View = { ...nothing, getInstanceType: () => ({ metadata: { name: 't2.old', uid: 'x' }, spec: { state: 'Deprecated', architecture: 'x86_64' } }) as never }
  const object = instance({ subnetRef: { name: 's' }, imageRef: { name: 'i' } })
  t.regex(validate(create(object), deprecated).warnings?.[0] ?? '', /spec\.instanceType: t2\.old is deprecated/)
})

test('a new object gets the finalizer of its kind, once, and keeps those it brought', (t) => {
  const finalizers = { Subnet: 'kumulus.dev/subnet' }
  const patchOf = (object: AdmissionRequest['object']) => {
    const { patch } = mutate({ uid: 'r', operation: 'CREATE', object: object ?? null }, finalizers)
    return patch === undefined ? undefined : (JSON.parse(Buffer.from(patch, 'base64').toString()) as unknown)
  }
  t.deepEqual(patchOf(subnet), [{ op: 'add', path: '/metadata/finalizers', value: ['kumulus.dev/subnet'] }])
  t.deepEqual(patchOf({ ...subnet, metadata: { ...metadata, finalizers: ['mine'] } }), [{ op: 'add', path: '/metadata/finalizers/-', value: 'kumulus.dev/subnet' }])
  t.is(patchOf({ ...subnet, metadata: { ...metadata, finalizers: ['kumulus.dev/subnet'] } }), undefined)
  t.is(patchOf({ ...subnet, kind: 'Snapshot' }), undefined)
  t.is(mutate({ uid: 'r', operation: 'UPDATE', object: subnet }, finalizers).patch, undefined)
})
