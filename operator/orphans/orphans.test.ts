import test from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { elasticIP, vpc } from '../../crds/v1alpha1/index.ts'
import { ApiError } from '../runtime/api-error.ts'
import type { Client } from '../runtime/client.ts'
import type { Again, ControllerOptions } from '../runtime/controller.ts'
import { FakeClock } from '../runtime/fake-clock.ts'
import { silentLog } from '../runtime/log.ts'
import { ObjectStore } from '../runtime/object-store.ts'
import { ownerLabels } from '../runtime/ownership.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { InformerSpec } from '../runtime/store.ts'
import { ORPHAN_AGE, sweepOrphans } from './controller.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const name = 'eip-203-0-113-7'
const at = (ms: number) => new Date(ms).toISOString()

const owner = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'ElasticIP', metadata: { name: 'web', namespace: 'team-a', uid: 'uid-web', resourceVersion: '1' } }

/** An OvnEip of that owner, as the server has it. */
const eipOf = (born: number, more: object = {}): KubeObject => ({
  apiVersion: 'kubeovn.io/v1', kind: 'OvnEip',
  metadata: {
    name, uid: 'uid-eip', resourceVersion: '5', creationTimestamp: at(born), labels: ownerLabels(owner), managedFields: [{ manager: 'kumulus-elastic-ip' }], ...more,
  },
  spec: { v4Ip: '203.0.113.7', externalSubnet: 'external' },
}) as unknown as KubeObject

/** A process that sweeps on a server of which everything can be said, and what it has deleted. */
const start = ({ live = [] as KubeObject[], owners = [] as KubeObject[], definitionBorn = 0, definitionGoes = false } = {}) => {
  const clock = new FakeClock(0)
  const stores = new Map<unknown, ObjectStore<KubeObject>>()
  const storeOf = (spec: unknown) => {
    if (!stores.has(spec)) stores.set(spec, new ObjectStore(spec as InformerSpec<KubeObject>, clock))
    return stores.get(spec) as ObjectStore<KubeObject>
  }
  const [asked, deleted]: [string[], string[]] = [[], []]
  const missing = () => Promise.reject(new ApiError(404, 'NotFound', 'not found'))
  const definition = { metadata: { name: '', creationTimestamp: at(definitionBorn), ...definitionGoes ? { deletionTimestamp: at(0) } : {} } }
  const client = {
    get: ({ kind }: { kind: string }, target: { name: string }) => {
      asked.push(`get ${kind} ${target.name}`)
      const found = kind === 'CustomResourceDefinition' ? definition : live.find(each => each.kind === kind && each.metadata.name === target.name)
      return found === undefined ? missing() : Promise.resolve(found)
    },
    list: ({ kind }: { kind: string }, { namespace, fieldSelector }: { namespace?: string; fieldSelector?: string }) => {
      asked.push(`list ${kind} ${namespace ?? ''} ${fieldSelector ?? 'all'}`)
      return Promise.resolve({ items: owners.filter(each => fieldSelector === undefined || fieldSelector.endsWith(`=${each.metadata.name}`)), resourceVersion: '1', continue: undefined })
    },
    delete: ({ kind }: { kind: string }, target: { name: string }, { preconditions }: { preconditions: object }) => {
      deleted.push(`${kind} ${target.name} ${Object.values(preconditions).join(' ')}`)
      return Promise.resolve(undefined)
    },
  } as unknown as Client
  let controller: ControllerOptions | undefined
  sweepOrphans({
    client, cache: { of: storeOf }, informer: (spec: unknown) => ({ store: storeOf(spec) }),
    controller: (options: ControllerOptions) => void (controller = options),
  } as unknown as Runtime, clock, 'kumulus-system')
  const { sources = [], reconcile } = controller ?? {}
  const specOf = (kind: string) => sources.find(({ informer }) => informer.resource.kind === kind)?.informer
  return {
    clock, asked, deleted, sources,
    know: (...objects: KubeObject[]) => objects.forEach(each => storeOf(specOf(each.kind)).put(each)),
    pass: (key = `OvnEip/${name}`): Promise<Again> => reconcile?.({ key, log: silentLog } as never) ?? Promise.resolve(undefined),
  }
}

/** Passes until nothing is to be looked at again. */
const untilRest = async ({ pass, clock }: ReturnType<typeof start>, key?: string): Promise<number> => {
  let passes = 1
  for (let again = await pass(key); again !== undefined && 'after' in again && passes < 5; passes++) {
    await clock.advance(again.after)
    again = await pass(key)
  }
  return passes
}

test('an address whose owner went without a trace is given back after ten minutes, by its UID and version', async t => {
  const process = start({ live: [eipOf(0)], definitionBorn: -DAY })
  process.know(eipOf(0))
  t.deepEqual(await process.pass(), { after: ORPHAN_AGE })
  await process.clock.advance(9 * MINUTE)
  t.deepEqual(await process.pass(), { after: MINUTE })
  t.deepEqual([process.asked, process.deleted], [[], []], 'nothing is asked of the server before that')
  await process.clock.advance(MINUTE)
  t.is(await process.pass(), undefined)
  t.deepEqual(process.deleted, [`OvnEip ${name} uid-eip 5`])
})

test('what has an owner costs no request, and one that a late view does not show yet keeps what it has', async t => {
  const process = start({ live: [eipOf(0)], owners: [owner], definitionBorn: -DAY })
  process.know(eipOf(0))
  t.is(await untilRest(process), 2)
  t.deepEqual(process.deleted, [], 'the server has its owner')
  t.deepEqual(process.asked.at(-1), 'list ElasticIP team-a metadata.name=web')
  const seen = start({ live: [eipOf(0)] })
  seen.know(eipOf(0), { ...owner, spec: { poolName: 'default' } } as KubeObject)
  t.is(await seen.pass(), undefined)
  t.deepEqual(seen.asked, [])
})

const kept: Record<string, Parameters<typeof start>[0]> = {
  'its definition is going': { live: [eipOf(0)], definitionBorn: -DAY, definitionGoes: true },
  'its definition was made anew since, as after a restore': { live: [eipOf(0)], definitionBorn: 1 },
  'somebody else has made it': { live: [eipOf(0, { managedFields: [{ manager: 'kubectl' }] })], definitionBorn: -DAY },
  'it does not carry our label any more': { live: [eipOf(0, { labels: {} })], definitionBorn: -DAY },
  'another has taken its name': { live: [eipOf(0, { uid: 'another' })], definitionBorn: -DAY },
  'it is too young, whatever the clock of this process says': { live: [eipOf(5 * MINUTE)], definitionBorn: -DAY },
  'it is gone': { definitionBorn: -DAY },
}
for (const [reason, server] of Object.entries(kept)) {
  test(`nothing is deleted where ${reason}`, async t => {
    const process = start(server)
    process.know(eipOf(0))
    await untilRest(process)
    t.deepEqual(process.deleted, [])
  })
}

test('an owner of the same name is not the owner', async t => {
  const process = start({ live: [eipOf(0)], owners: [{ ...owner, metadata: { ...owner.metadata, uid: 'made-anew' } }], definitionBorn: -DAY })
  process.know(eipOf(0))
  await untilRest(process)
  t.is(process.deleted.length, 1)
})

test('an owner with a name too long for a label is looked for in all of its account', async t => {
  const long = { ...owner, metadata: { ...owner.metadata, name: 'w'.repeat(80) } }
  const process = start({ live: [eipOf(0, { labels: ownerLabels(long) })], owners: [long], definitionBorn: -DAY })
  process.know(eipOf(0, { labels: ownerLabels(long) }))
  await untilRest(process)
  t.deepEqual([process.deleted, process.asked.at(-1)], [[], 'list ElasticIP team-a all'])
})

test('what is still used waits: an address for what leads there, a network for its last port, a router for its last network', async t => {
  const network = { ...owner, kind: 'VPC' }
  const made = (kind: string, of: string, status: object) =>
    ({ ...eipOf(0, { name: of, labels: ownerLabels(network) }), apiVersion: 'kubeovn.io/v1', kind, status }) as unknown as KubeObject
  const fip = { ...eipOf(0), kind: 'OvnFip', spec: { ovnEip: name, vpc: 'vpc-1', v4Ip: '10.0.0.5' } } as KubeObject
  const address = start({ live: [eipOf(0), fip], definitionBorn: -DAY })
  address.know(eipOf(0), fip)
  t.deepEqual([await untilRest(address), address.deleted], [5, []])
  t.deepEqual([await untilRest(address, `OvnFip/${name}`), address.deleted.length], [2, 1])
  for (const [kind, used, unused] of [
    ['Subnet', [{}, { v4usingIPs: 1 }, { v4usingIPs: 0, v6usingIPs: '2' }], { v4usingIPs: 0, v6usingIPs: 0 }],
    ['Vpc', [{}, { standby: true, subnets: ['subnet-1'] }], { standby: true, subnets: [] }],
  ] as const) {
    for (const status of [...used, unused]) {
      const object = made(kind, 'net', status)
      const process = start({ live: [object], definitionBorn: -DAY })
      process.know(object)
      await untilRest(process, `${kind}/net`)
      t.is(process.deleted.length, status === unused ? 1 : 0, `${kind} ${JSON.stringify(status)}`)
    }
  }
})

test('DNS servers without a VPC go, by name and namespace, and so their switch comes free', async t => {
  const network = { ...owner, kind: 'VPC' }
  const servers = {
    ...eipOf(0, { name: 'dns-1', namespace: 'kumulus-system', labels: ownerLabels(network) }), apiVersion: 'apps/v1', kind: 'Deployment', spec: {},
  } as unknown as KubeObject
  const process = start({ live: [servers], definitionBorn: -DAY })
  process.know(servers)
  t.deepEqual([...process.sources.find(({ informer }) => informer.resource.kind === 'Deployment')?.keys(servers as never, undefined) ?? []], ['Deployment/kumulus-system/dns-1'])
  await untilRest(process, 'Deployment/kumulus-system/dns-1')
  t.deepEqual(process.deleted, ['Deployment dns-1 uid-eip 5'])
})

test('an owner that goes has what it leaves looked at, and one that merely changes has not', t => {
  const process = start()
  const id = idOf(idPrefixes.vpc, 'uid-web')
  process.know(eipOf(0), { ...eipOf(0, { name: id }), kind: 'Vpc', spec: {} } as KubeObject)
  const keysOf = (kind: string) => process.sources.find(({ informer }) => informer.resource.kind === kind)?.keys
  t.deepEqual([...keysOf(elasticIP.kind)?.(owner as never, owner as never) ?? []].sort(), [`OvnEip/${name}`, `Vpc/${id}`])
  t.deepEqual([...keysOf(vpc.kind)?.(owner as never, { ...owner }) ?? []], [])
})
