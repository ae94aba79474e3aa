import test from 'ava'
import type { KubeObject, NewObject } from '../../../crds/kubernetes.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { ovnEipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { releasedAt } from '../../providers/kube-ovn/public-address.ts'
import { FakeClock } from '../../runtime/fake-clock.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { silentLog } from '../../runtime/log.ts'
import { NameConflictError } from '../../runtime/name-conflict.ts'
import { ObjectStore } from '../../runtime/object-store.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import { OWNER_UID_LABEL, ownerLabels } from '../../runtime/ownership.ts'
import { seededRandom } from '../../runtime/random.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { createAddressBook } from '../public-ip-pool/address-book.ts'
import { observePublicIPPool } from '../public-ip-pool/observe.ts'
import { endQuarantine, QUARANTINE } from '../public-ip-pool/steps.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { observeElasticIP } from './observe.ts'
import { elasticIPStatus } from './status.ts'
import { ensureAddress, finalizeElasticIP } from './steps.ts'

/** The process ends at one of its writes: before it is sent, or after it has been done and before anybody is told. */
class Crash extends Error {}

type Server = {
  clock: FakeClock
  version: number
  eips: Map<string, KubeObject>
  elasticIPs: Map<string, ElasticIP>
  pool: PublicIPPool
  /** When an address was given back last. */
  released: Map<string, number>
  told: (change: { object: KubeObject; gone: boolean }) => void
  faults: string[]
  /** How many addresses were given. */
  given: number
}

const versionOf = (server: Server) => `${++server.version}`

/** One of two processes, each with the tenants of its own and a view of all addresses that may be old. */
type Shard = {
  book: ReturnType<typeof createAddressBook>
  eips: ObjectStore<KubeObject>
  /** What it has not been told of yet. */
  late: { object: KubeObject; gone: boolean }[]
  cache: Cache
  /** It ends at that write from now, before or after it is done. */
  fuse: number
  when: 'before' | 'after'
}

const pool = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'PublicIPPool',
  metadata: { name: 'default', uid: 'pool', resourceVersion: '1', generation: 1 },
  spec: { cidrs: ['203.0.113.64/26', '198.51.100.16/28'], externalSubnet: 'external' },
  status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'Available', message: '' }] },
} as unknown as PublicIPPool

const newElasticIP = (name: string, number: number): ElasticIP => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'ElasticIP',
  metadata: { name, namespace: 'team', uid: `uid-of-${number}`, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { poolName: 'default' },
})

const startShard = (server: Server): Shard => {
  const storeOf = (spec: unknown, objects: Iterable<KubeObject>) => {
    const store = new ObjectStore<KubeObject>(spec as InformerSpec<KubeObject>, server.clock)
    for (const object of objects) store.put(object)
    return store
  }
  const eips = storeOf(ovnEipInformer, server.eips.values())
  const empty = new Map<unknown, ObjectStore<KubeObject>>()
  const pools = storeOf(publicIPPoolInformer, [server.pool])
  return {
    book: createAddressBook(), eips, late: [], fuse: Number.POSITIVE_INFINITY, when: 'before',
    cache: { of: spec => {
      if (spec === ovnEipInformer as unknown) return eips as never
      if (spec === publicIPPoolInformer as unknown) return pools as never
      // What there is of nothing else is the same at every look; the tenants' own objects are passed in.
      if (!empty.has(spec)) empty.set(spec, storeOf(spec, []))
      return empty.get(spec) as never
    } },
  }
}

/** What a pass may do, as the API server would answer it. */
const contextOf = <Facts>(server: Server, shard: Shard, owner: KubeObject, facts: Facts): StepContext<never, Facts> => {
  const written = <T>(write: () => T): T => {
    const dies = --shard.fuse === 0
    if (dies && shard.when === 'before') throw new Crash()
    const answer = write()
    if (dies) throw new Crash()
    return answer
  }
  const put = (object: KubeObject) => {
    server.eips.set(object.metadata.name, object)
    server.told({ object, gone: false })
    return object
  }
  const known = (target: KubeObject) => {
    const present = server.eips.get(target.metadata.name)
    if (present?.metadata.uid !== target.metadata.uid || present.metadata.resourceVersion !== target.metadata.resourceVersion) throw new Error('409 Conflict')
    return present
  }
  return {
    object: owner as never, facts, now: server.clock.now(), log: silentLog, event: () => undefined,
    act: () => Promise.reject(new Error('nothing is asked of a subresource')),
    read: async (_resource, { name }) => server.eips.get(name),
    apply: async (desired: NewObject & Record<string, unknown>) => {
      const { name = '' } = desired.metadata
      const [present, seen] = [server.eips.get(name), shard.eips.get(name)]
      if (seen !== undefined && seen.metadata.labels?.[OWNER_UID_LABEL] === owner.metadata.uid) return seen
      if (present !== undefined) {
        shard.eips.put(present)
        if (present.metadata.labels?.[OWNER_UID_LABEL] !== owner.metadata.uid) throw new NameConflictError(`${name} is somebody's`)
        return present
      }
      const rest = (server.released.get(name) ?? Number.NEGATIVE_INFINITY) + QUARANTINE - server.clock.now()
      if (rest > 0) server.faults.push(`${name} was given ${rest} ms too early`)
      const labels = { ...desired.metadata.labels, ...ownerLabels(owner) }
      const created = written(() => {
        server.given++
        return put({ ...desired, metadata: { ...desired.metadata, uid: `uid-${server.version}`, resourceVersion: versionOf(server), labels } } as KubeObject)
      })
      shard.eips.put(created)
      return created
    },
    patch: async (_resource, target, patch) => {
      const present = known(target)
      const { labels, annotations } = patch['metadata'] as { labels: Record<string, string | null>; annotations: Record<string, string> }
      const all = Object.entries({ ...present.metadata.labels, ...labels })
      const kept = Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null))
      const changed = written(() => {
        if (annotations[releasedAt] !== undefined) server.released.set(target.metadata.name, server.clock.now())
        return put({ ...present, metadata: { ...present.metadata, resourceVersion: versionOf(server), labels: kept, annotations } })
      })
      shard.eips.put(changed)
      return changed
    },
    remove: async (_resource, target) => {
      const present = known(target)
      written(() => {
        if (present.metadata.annotations?.[releasedAt] === undefined) server.released.set(target.metadata.name, server.clock.now())
        server.eips.delete(target.metadata.name)
        server.told({ object: { ...present, metadata: { ...present.metadata, resourceVersion: versionOf(server) } }, gone: true })
      })
      shard.eips.forget(target.metadata.name, target.metadata.uid)
    },
  }
}

const poolPass = async (server: Server, shard: Shard): Promise<void> => {
  await endQuarantine(contextOf(server, shard, server.pool, observePublicIPPool(server.pool, shard.cache)))
}

/** A pass over one ElasticIP: its address, or its end, and what its owner is told. */
const elasticIPPass = async (server: Server, shard: Shard, name: string): Promise<void> => {
  const object = server.elasticIPs.get(name)
  if (object === undefined) return
  const context = contextOf(server, shard, object, observeElasticIP(shard.book)(object, shard.cache))
  if (object.metadata.deletionTimestamp !== undefined) {
    const outcome = await finalizeElasticIP['address']?.(context)
    if (outcome?.kind === 'ready') server.elasticIPs.delete(name)
    return
  }
  const outcome: Outcome = await ensureAddress(shard.book)(context)
  const facts = observeElasticIP(shard.book)(object, shard.cache)
  if (--shard.fuse === 0) throw new Crash()
  server.elasticIPs.set(name, { ...object, status: elasticIPStatus({ object, facts, outcome, outcomes: {}, now: context.now }) })
}

const checkTold = (server: Server): void => {
  const addresses = new Map<string, string>()
  for (const { metadata, status } of server.elasticIPs.values()) {
    if (status?.publicIP === undefined || metadata.deletionTimestamp !== undefined) continue
    const eip = server.eips.get(`eip-${status.publicIP.replaceAll('.', '-')}`)
    if (eip?.metadata.labels?.[OWNER_UID_LABEL] !== metadata.uid) server.faults.push(`${metadata.name} was told ${status.publicIP} and does not have it`)
    if (addresses.has(status.publicIP)) server.faults.push(`${metadata.name} and ${addresses.get(status.publicIP)} were told ${status.publicIP}`)
    addresses.set(status.publicIP, metadata.name)
  }
}

test('of 10,000 addresses taken and given back, by processes that crash and look at old news, none is leaked, none given twice and none too early', async t => {
  const random = seededRandom(20_261_122)
  const pick = (below: number) => Math.floor(random() * below)
  const server: Server = {
    clock: new FakeClock(), version: 1, eips: new Map(), elasticIPs: new Map(), pool, released: new Map(), faults: [], given: 0,
    told: change => { for (const shard of shards) shard.late.push(change) },
  }
  const shards: Shard[] = []
  shards.push(startShard(server), startShard(server))
  const hear = (shard: Shard, count: number) => {
    for (const { object, gone } of shard.late.splice(0, count)) {
      if (gone) shard.eips.delete(object)
      else shard.eips.put(object)
    }
  }
  const work = async (index: number, pass: (shard: Shard) => Promise<void>) => {
    const shard = shards[index] as Shard
    try {
      await pass(shard)
    } catch (error) {
      if (error instanceof Crash) shards[index] = startShard(server)
      else if (!(error instanceof Error) || error.message !== '409 Conflict') throw error
      else hear(shard, shard.late.length)
    }
  }
  let crashes = 0
  for (let step = 0; server.given < 10_000; step++) {
    const name = `eip-${pick(48)}`
    const index = Number(name.slice(4)) % 2
    const object = server.elasticIPs.get(name)
    if (random() < 0.05) Object.assign(shards[index] as Shard, { fuse: 1 + pick(3), when: random() < 0.5 ? 'before' : 'after' })
    if (object === undefined) {
      server.elasticIPs.set(name, newElasticIP(name, step))
    } else if (random() < 0.6) {
      server.elasticIPs.set(name, { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    }
    const before = shards[index]
    await work(index, shard => elasticIPPass(server, shard, name))
    if (shards[index] !== before) crashes++
    hear(shards[pick(2)] as Shard, pick(4))
    if (step % 8 === 0) await server.clock.advance(pick(120_000))
    if (step % 8 === 0) await work(pick(2), shard => poolPass(server, shard))
    if (step % 4 === 0) checkTold(server)
    if (server.faults.length > 0) break
  }
  t.deepEqual(server.faults, [])
  t.true(crashes > 200, `${crashes} crashes`)
  for (const [name, object] of server.elasticIPs) server.elasticIPs.set(name, { ...object, metadata: { ...object.metadata, deletionTimestamp: 'now' } })
  for (let round = 0; round < 4; round++) {
    for (const shard of shards) {
      shard.fuse = Number.POSITIVE_INFINITY
      hear(shard, shard.late.length)
    }
    for (const name of [...server.elasticIPs.keys()]) await work(Number(name.slice(4)) % 2, shard => elasticIPPass(server, shard, name))
    for (const index of [0, 1]) await work(index, shard => poolPass(server, shard))
    await server.clock.advance(QUARANTINE)
  }
  t.is(server.elasticIPs.size, 0)
  t.deepEqual([...server.eips.keys()], [])
})
