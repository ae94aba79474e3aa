/** virt-api's admission, as v1.9.0's own answered the same: at the door of the API server, before anything is stored. */
import test from 'ava'
import { ApiError } from '../../../../operator/runtime/client.ts'
import { resources } from '../../resources.ts'
import { startCloud } from '../../testing.ts'
import type { VirtualMachine } from '../types.ts'
import { virtApiWebhooks } from './webhooks.ts'

const devices = { disks: [{ name: 'sda1' }] }
const volumes = [{ name: 'sda1', persistentVolumeClaim: { claimName: 'web-sda1' } }]
const machine = (spec: object, change: object = {}) => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web', namespace: 'a' },
  spec: { runStrategy: 'Halted', template: { spec: { domain: { devices }, volumes, ...spec } }, ...change },
})

const ask = (path: string, object: object, operation = 'CREATE') => {
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u', operation, object } }
  type Answer = { response: { allowed: boolean; patch?: string; warnings?: string[] } }
  return (JSON.parse(virtApiWebhooks(path, JSON.stringify(review))) as Answer).response
}

test('what a machine runs on is filled in where it is left out, firmware and PCI once and for all at its creation', (t) => {
  const filledIn = (object: object, operation?: string) => {
    const { patch } = ask('/virtualmachines-mutate', object, operation)
    return patch === undefined ? undefined : (JSON.parse(Buffer.from(patch, 'base64').toString()) as { value: VirtualMachine['spec'] }[])[0]?.value.template
  }
  const created = filledIn(machine({ domain: { devices, firmware: { uuid: 'mine' } } }))
  t.like(created, {
    metadata: { annotations: { 'kubevirt.io/pci-topology-version': 'v3' } },
    spec: { architecture: 'amd64', domain: { machine: { type: 'q35' }, resources: {}, firmware: { uuid: 'mine' } } },
  })
  t.regex(created?.spec.domain.firmware?.serial ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  t.is(filledIn({ ...machine({}), spec: { runStrategy: 'Halted', template: created } }, 'UPDATE'), undefined, 'what is there stays')
  const updated = filledIn(machine({}), 'UPDATE')
  t.deepEqual([updated?.metadata, updated?.spec.domain.firmware, updated?.spec.domain.machine], [undefined, undefined, { type: 'q35' }])
})

test('a machine that is being deleted is let go, whatever it looks like', (t) => {
  const going = { ...machine({ volumes: [] }), metadata: { name: 'web', namespace: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } }
  for (const path of ['/virtualmachines-mutate', '/virtualmachines-validate']) t.deepEqual(ask(path, going, 'UPDATE'), { uid: 'u', allowed: true } as never)
  const old = machine({}, { runStrategy: undefined, running: true })
  t.deepEqual(ask('/virtualmachines-validate', old).warnings, ['spec.running is deprecated, please use spec.runStrategy instead.'])
})

test('what virt-api refuses is never stored, neither new nor as a change', async (t) => {
  const cloud = await startCloud()
  const stored = await cloud.client.create<VirtualMachine>(resources.virtualMachines, machine({}))
  t.is(stored.spec.template.spec.domain.machine?.type, 'q35')
  const refusal = {
    instanceOf: ApiError,
    message: 'admission webhook "virtualmachine-validator.kubevirt.io" denied the request: spec.template.spec.domain.devices.disks[0].Name \'sda1\' not found.',
  }
  const template = { spec: { ...stored.spec.template.spec, volumes: [] } }
  const error = await t.throwsAsync(cloud.client.mergePatch(resources.virtualMachines, { namespace: 'a', name: 'web' }, { spec: { template } }), refusal)
  t.like(error, { status: 422, reason: 'Invalid', details: { causes: [{ field: 'spec.template.spec.domain.devices.disks[0].name' }] } })
  await t.throwsAsync(cloud.client.create(resources.virtualMachines, { ...machine({ volumes: [] }), metadata: { name: 'other', namespace: 'a' } }), refusal)
  t.deepEqual((await cloud.get<VirtualMachine>(resources.virtualMachines, 'web', 'a'))?.spec.template.spec.volumes, volumes)
  await cloud.close()
})
