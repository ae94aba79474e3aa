import test from 'ava'
import { parseAddress, parseCidr, usableCount } from '../../../crds/cidr.ts'
import { type KubeObject, keyOf } from '../../../crds/kubernetes.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { FakeClock } from '../../runtime/fake-clock.ts'
import { ObjectStore } from '../../runtime/object-store.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import { seededRandom } from '../../runtime/random.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { finalizeInstance } from '../instance/finalize.ts'
import { buildMachine } from '../instance/machine.ts'
import { observeInstance } from '../instance/observe.ts'
import { stored, world } from '../instance/sample.ts'
import { instanceStatus } from '../instance/status.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { recordingContext } from '../recording-context.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { countTaken } from './claims.ts'
import { type AddressLedger, createAddressLedger } from './ledger.ts'
import { subnetInformer } from './store.ts'

/** The process ends at one of its writes: before it is sent, or after it has been done and before anybody is told. */
class Crash extends Error {}

type Change = { spec: unknown; object: KubeObject; gone: boolean }

/** What is stored, by key; raw objects as the API server has them. */
type Server = { version: number; instances: Map<string, StoredInstance>; machines: Map<string, KubeObject>; faults: string[] }

/** The process that leads: what it knows, and what it has not been told of yet. */
type Process = { ledger: AddressLedger; cache: Cache; late: Change[]; fuse: number; when: 'before' | 'after' }

const blocks = ['10.0.1.0/28', '10.0.2.0/28', '10.0.3.0/27']
const subnets = blocks.map((cidrBlock, index) => ({
  ...world.subnet, metadata: { ...world.subnet.metadata, name: `subnet-${index}`, uid: `uid-subnet-${index}` }, spec: { ...world.subnet.spec, cidrBlock },
}) as unknown as Subnet)
const subnetOf = ({ spec }: StoredInstance): Subnet => subnets.find(({ metadata }) => metadata.name === spec.subnetRef.name) as Subnet

const startProcess = (server: Server): Process => {
  const stores = new Map<unknown, ObjectStore<KubeObject>>()
  const hold = (spec: unknown, objects: Iterable<object>) => {
    const store = new ObjectStore<KubeObject>(spec as InformerSpec<KubeObject>, new FakeClock())
    for (const object of objects) store.put(object as KubeObject)
    stores.set(spec, store)
    return store
  }
  hold(subnetInformer, subnets)
  hold(vpcInformer, [world.vpc])
  hold(securityGroupInformer, [world.defaultGroup, world.web, world.db])
  hold(instanceTypeInformer, [world.micro])
  hold(virtualMachineInformer, server.machines.values())
  // They are kept trimmed already: what trims them is no part of this.
  hold(trimmedInstances, server.instances.values())
  return {
    ledger: createAddressLedger(), late: [], fuse: Number.POSITIVE_INFINITY, when: 'before',
    cache: { of: spec => (stores.get(spec as unknown === instanceInformer ? trimmedInstances : spec) ?? hold(spec, [])) as never },
  }
}
const trimmedInstances = { ...instanceInformer, trim: (object: StoredInstance) => object }

const bump = <T extends KubeObject>(server: Server, object: T): T =>
  ({ ...object, metadata: { ...object.metadata, resourceVersion: `${++server.version}` } })

const storeOf = (process: Process, spec: unknown) => process.cache.of(spec as InformerSpec<KubeObject>) as unknown as ObjectStore<KubeObject>

const hear = (process: Process, count: number): void => {
  for (const { spec, object, gone } of process.late.splice(0, count)) {
    if (gone) storeOf(process, spec).delete(object)
    else storeOf(process, spec).put(object)
  }
}

/** Somebody else's change: the process hears of it in its time. */
const changed = (server: Server, process: Process, instance: StoredInstance): void => {
  const next = bump(server, instance)
  server.instances.set(keyOf(next.metadata), next)
  process.late.push({ spec: instanceInformer, object: next, gone: false })
}

const machineGone = (server: Server, process: Process, machine: KubeObject): void => {
  server.machines.delete(keyOf(machine.metadata))
  process.late.push({ spec: virtualMachineInformer, object: bump(server, machine), gone: true })
}

const written = <T>(process: Process, write: () => T): T => {
  const dies = --process.fuse === 0
  if (dies && process.when === 'before') throw new Crash()
  const answer = write()
  if (dies) throw new Crash()
  return answer
}

/** The API server's answer to an apply by name: a machine that is there is taken as it is; one of a namesake is waited for. */
const applyMachine = (server: Server, process: Process, owner: StoredInstance, desired: object): void => {
  const key = keyOf(owner.metadata)
  const present = server.machines.get(key)
  if (present !== undefined) {
    storeOf(process, virtualMachineInformer).put(present)
    return
  }
  const machine = written(process, () => {
    const { metadata } = desired as KubeObject
    const created = bump(server, { ...desired as KubeObject, metadata: { ...metadata, uid: `uid-${server.version}`, labels: ownerLabels(owner) } })
    server.machines.set(key, { ...created, status: { printableStatus: 'Stopped' } } as KubeObject)
    return server.machines.get(key) as KubeObject
  })
  storeOf(process, virtualMachineInformer).put(machine)
}

/** A pass over one Instance as far as its address goes: its machine, its status, its end. */
const pass = async (server: Server, process: Process, key: string): Promise<void> => {
  const object = storeOf(process, instanceInformer).get(key) as StoredInstance | undefined
  if (object === undefined) return
  const observe = observeInstance(process.ledger)
  const facts = observe(object, process.cache)
  if (object.metadata.deletionTimestamp !== undefined) return end(server, process, object)
  if (facts.address?.kind !== 'chosen') return checkRefusal(server, process, object)
  if (facts.machine === undefined) applyMachine(server, process, object, buildMachine(object, facts))
  const status = instanceStatus({ object, facts: observe(object, process.cache), outcome: { kind: 'ready' }, outcomes: {}, now: 0 })
  writeStatus(server, process, object, { ...object, status })
}

/** By resourceVersion, as the runtime does: what was changed since is a conflict. */
const writeStatus = (server: Server, process: Process, object: StoredInstance, next: StoredInstance): void => {
  const key = keyOf(object.metadata)
  if (next.status?.privateIPAddress === object.status?.privateIPAddress && next.status?.state === object.status?.state) return
  if (server.instances.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) return
  written(process, () => server.instances.set(key, bump(server, next)))
  storeOf(process, instanceInformer).put(server.instances.get(key) as StoredInstance)
}

const end = async (server: Server, process: Process, object: StoredInstance): Promise<void> => {
  const facts = observeInstance(process.ledger)(object, process.cache)
  if (facts.machine !== undefined) {
    const live = server.machines.get(keyOf(object.metadata))
    if (live?.metadata.uid === facts.machine.metadata.uid) written(process, () => machineGone(server, process, live))
    return
  }
  const context = recordingContext(object, facts)
  const gone = await finalizeInstance(process.ledger, new Set())['terminated']?.(context)
  if (gone?.kind !== 'ready') {
    const status = instanceStatus({ object, facts, outcome: gone ?? { kind: 'ready' }, outcomes: {}, now: 0 })
    return writeStatus(server, process, object, { ...object, status })
  }
  const key = keyOf(object.metadata)
  if (server.instances.get(key)?.metadata.uid !== object.metadata.uid) return
  written(process, () => {
    server.instances.delete(key)
    process.late.push({ spec: instanceInformer, object: bump(server, object), gone: true })
  })
}

/** An address is refused only where there is none, or the one that is asked for is somebody's. What the process has not heard of yet may hold it. */
const checkRefusal = (server: Server, process: Process, object: StoredInstance): void => {
  if (process.late.length > 0) return
  const subnet = subnetOf(object)
  const cidr = cidrOf(subnet)
  const others = [...server.instances.values()].filter(each => each.metadata.uid !== object.metadata.uid && subnetOf(each) === subnet)
  const { privateIPAddress } = object.spec
  const isRight = privateIPAddress === undefined ? others.length >= usableCount(cidr)
    : others.some(each => each.spec.privateIPAddress === privateIPAddress || [privateIPAddress, undefined].includes([...given(server, each)][0]))
  if (!isRight) server.faults.push(`${object.metadata.uid} was refused ${privateIPAddress ?? 'any address'} of ${subnet.spec.cidrBlock}`)
}

const cidrOf = (subnet: Subnet) => parseCidr(subnet.spec.cidrBlock) as NonNullable<ReturnType<typeof parseCidr>>

/** Every address that anything stored says an instance has. */
const given = (server: Server, { metadata, status }: StoredInstance): Set<string> => {
  const machine = server.machines.get(keyOf(metadata))
  const addresses = machine?.metadata.labels?.['kumulus.dev/owner-uid'] === metadata.uid ? addressesOf(machine) : []
  return new Set(status?.privateIPAddress === undefined ? addresses : [...addresses, status.privateIPAddress])
}

/** Read once of each: there are hundreds of thousands of looks. */
const addressesOf = (machine: KubeObject): readonly string[] => {
  const known = addresses.get(machine)
  if (known !== undefined) return known
  const { annotations } = (machine as unknown as { spec: { template: { metadata: { annotations: Record<string, string> } } } }).spec.template.metadata
  const found = Object.entries(annotations).flatMap(([key, value]) => key.endsWith('/ip_address') ? [value] : [])
  addresses.set(machine, found)
  return found
}
const addresses = new WeakMap<KubeObject, readonly string[]>()

/** Nobody has two, nobody has another's, and what an instance has had once it keeps for its life. */
const check = (server: Server, forLife: Map<string, string>): void => {
  const holders = new Map<string, string>()
  for (const instance of server.instances.values()) {
    const { uid } = instance.metadata
    const had = given(server, instance)
    if (had.size > 1) server.faults.push(`${uid} has ${[...had].join(' and ')}`)
    const [address] = had
    if (address === undefined) continue
    if (holders.has(address)) server.faults.push(`${uid} and ${holders.get(address)} have ${address}`)
    if ((forLife.get(uid) ?? address) !== address) server.faults.push(`${uid} had ${forLife.get(uid)} and has ${address}`)
    holders.set(address, uid)
    forLife.set(uid, address)
  }
}

const sample = stored()

const newInstance = (name: string, number: number, subnet: string, wanted: string | undefined): StoredInstance => {
  const { privateIPAddress: _, ...spec } = sample.spec
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) + number * 300).toISOString()
  return {
    ...sample,
    metadata: { ...sample.metadata, name, uid: `uid-of-${number}`, resourceVersion: '1', creationTimestamp },
    spec: { ...spec, subnetRef: { name: subnet }, ...wanted === undefined ? {} : { privateIPAddress: wanted } },
  }
}

test('of 10,000 instances launched, stopped, restored and terminated under a process that crashes and hears late, none shares or loses an address, and none is leaked', async t => {
  const random = seededRandom(20_261_122)
  const pick = (below: number) => Math.floor(random() * below)
  const server: Server = { version: 1, instances: new Map(), machines: new Map(), faults: [] }
  const forLife = new Map<string, string>()
  let process = startProcess(server)
  let crashes = 0
  const work = async (key: string) => {
    try {
      await pass(server, process, key)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      process = startProcess(server)
      crashes++
    }
  }
  for (let launched = 0, step = 0; launched < 10_000 && server.faults.length === 0; step++) {
    const name = `web-${pick(52)}`
    const key = `team-a/${name}`
    const instance = server.instances.get(key)
    const isGoing = instance?.metadata.deletionTimestamp !== undefined
    if (random() < 0.015) Object.assign(process, { fuse: 1 + pick(4), when: random() < 0.5 ? 'before' : 'after' })
    const what = random()
    if (instance === undefined) {
      const index = pick(subnets.length)
      const wanted = random() < 0.2 ? `10.0.${index + 1}.${4 + pick(11)}` : undefined
      changed(server, process, newInstance(name, launched++, `subnet-${index}`, wanted))
    } else if (what < 0.6 && !isGoing) {
      changed(server, process, { ...instance, metadata: { ...instance.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } })
    } else if (what < 0.65) {
      changed(server, process, { ...instance, spec: { ...instance.spec, state: instance.spec.state === 'Running' ? 'Stopped' : 'Running' } })
    } else if (what < 0.7 && server.machines.has(key)) {
      // Restored from a backup: statuses are lost, and what they said is to be found on the machines.
      const { status: _, ...restored } = instance
      changed(server, process, restored)
    } else if (what < 0.75 && instance.status?.privateIPAddress !== undefined) {
      const machine = server.machines.get(key)
      if (machine !== undefined) machineGone(server, process, machine)
    }
    await work(key)
    hear(process, pick(5))
    if (isGoing) await work(key)
    // Who has an address wrongly goes on having it.
    if (step % 4 === 0) check(server, forLife)
  }
  t.deepEqual(server.faults, [])
  t.true(crashes > 300, `${crashes} crashes`)
  t.true(forLife.size > 7000, `${forLife.size} had an address`)
  hear(process, process.late.length)
  process.fuse = Number.POSITIVE_INFINITY
  for (const subnet of subnets) {
    const there = [...server.instances.values()].filter(each => subnetOf(each) === subnet)
    const taken = new Set(there.flatMap(each => [...given(server, each)][0] ?? each.spec.privateIPAddress ?? []))
    t.is(countTaken(subnet, cidrOf(subnet), process.cache), taken.size, 'the free count is exact')
  }
  for (const instance of server.instances.values()) changed(server, process, { ...instance, metadata: { ...instance.metadata, deletionTimestamp: 'now' } })
  for (let round = 0; round < 5; round++) {
    hear(process, process.late.length)
    for (const key of [...server.instances.keys()]) await work(key)
  }
  hear(process, process.late.length)
  t.deepEqual([[...server.instances.keys()], [...server.machines.keys()]], [[], []])
  for (const subnet of subnets) {
    const count = usableCount(cidrOf(subnet))
    const request = { subnetUID: subnet.metadata.uid, subnet: cidrOf(subnet), claimsAt: () => [], exists: (uid: string) => uid.startsWith('last') }
    const ask = (holder: string) => process.ledger.assign({ ...request, holder })
    const choices = Array.from({ length: count }, (_, index) => ask(`last-${index}`))
    t.is(new Set(choices.map(choice => choice.kind === 'chosen' ? parseAddress(choice.address) : choice.message)).size, count, 'every address can be given again')
    t.is(ask('last-one-more').kind, 'impossible')
  }
})
