import test from 'ava'
import type { Condition, KubeObject } from '../../crds/kubernetes.ts'
import { conditionsOf } from './conditions.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { watch } from './kind.ts'
import type { Kind, Step } from './kind.ts'
import { silentLog } from './log.ts'
import { blocked, ready, readyFor, waiting } from './outcome.ts'
import { createRuntime } from './runtime.ts'
import type { Cache, InformerSpec } from './store.ts'
import { FakeApi } from './testing/fake-api.ts'

type Machine = KubeObject & { spec: { size: number }; status?: Status }
type Status = { observedGeneration: number; conditions: Condition[]; engine?: string }
type Engine = KubeObject & { spec?: { size: number }; status?: { phase: string } }
type Facts = { engine: Engine | undefined }

const machines: InformerSpec<Machine> = {
  resource: { group: 'kumulus.dev', version: 'v1', kind: 'Machine', plural: 'machines', namespaced: true },
  trim: ({ apiVersion, kind, metadata, spec, status }: Machine) => {
    const { name, namespace, uid, resourceVersion, generation, finalizers, deletionTimestamp } = metadata
    const kept = { name, namespace, uid, resourceVersion, generation, finalizers, deletionTimestamp } as KubeObject['metadata']
    return { apiVersion, kind, metadata: kept, spec, status } as Machine
  },
}
const engines: InformerSpec<Engine> = {
  resource: { group: 'foreign.dev', version: 'v1', kind: 'Engine', plural: 'engines', namespaced: true },
  labelSelector: 'app.kubernetes.io/managed-by=kumulus',
  trim: ({ apiVersion, kind, metadata, status }: Engine) => {
    const { name, namespace, uid, resourceVersion, deletionTimestamp, labels } = metadata
    return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, deletionTimestamp, labels } as KubeObject['metadata'], status } as Engine
  },
}

const MACHINES = '/apis/kumulus.dev/v1/namespaces/a/machines'
const ENGINES = '/apis/foreign.dev/v1/namespaces/a/engines'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const FINALIZER = 'kumulus.dev/machine'

const ensureEngine: Step<Machine, Facts> = async ({ object, facts, apply }) => {
  const { name, namespace } = object.metadata
  await apply({ apiVersion: 'foreign.dev/v1', kind: 'Engine', metadata: { name, namespace: namespace ?? '' }, spec: { size: object.spec.size } })
  return facts.engine?.status?.phase === 'Running' ? ready : waiting('Starting', 'the engine starts')
}
const removeEngine: Step<Machine, Facts> = async ({ facts, remove }) => {
  if (facts.engine === undefined) return ready
  await remove(engines.resource, facts.engine)
  return waiting('Stopping', 'the engine stops')
}

const machineKind = (more: Partial<Kind<Machine, Facts, Status>> = {}): Kind<Machine, Facts, Status> => ({
  name: 'machine',
  informer: machines,
  finalizer: FINALIZER,
  watches: [watch(engines, (engine) => [`${engine.metadata.namespace}/${engine.metadata.name}`])],
  observe: (object, cache: Cache) => ({ engine: cache.of(engines).get(`${object.metadata.namespace}/${object.metadata.name}`) }),
  steps: { engine: ensureEngine },
  finalize: { engine: removeEngine },
  status: ({ object, facts, outcome, now }) => ({
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditionsOf({ previous: object.status?.conditions, generation: object.metadata.generation, outcome, now }),
    ...(facts.engine?.status === undefined ? {} : { engine: facts.engine.status.phase }),
  }),
  ...more,
})

const operator = async (api: FakeApi, clock: FakeClock, kind = machineKind()) => {
  const runtime = createRuntime({ transport: api, clock, log: silentLog, identity: 'test' })
  runtime.kind(kind)
  runtime.start()
  await settle()
  return { runtime, still: () => clock.runUntil(() => runtime.idle()) }
}

const setUp = () => {
  const api = new FakeApi()
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'machines.kumulus.dev' } }
  api.put(CRDS, crd)
  const machine = { apiVersion: 'kumulus.dev/v1', kind: 'Machine', metadata: { name: 'm', namespace: 'a' }, spec: { size: 1 } }
  return { api, clock: new FakeClock(), crd, machine }
}

const run = (api: FakeApi, name = 'm') => api.put(ENGINES, { ...(api.get(`${ENGINES}/${name}`) as Engine), status: { phase: 'Running' } })
const conditions = (api: FakeApi, name = 'm') =>
  ((api.get(`${MACHINES}/${name}`)?.['status'] as Status | undefined)?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
const paths = (api: FakeApi) => api.writes.map(({ method, path }) => `${method} ${path.replace('/apis/kumulus.dev/v1/namespaces/a/', '').replace('/apis/foreign.dev/v1/namespaces/a/', '')}`)
const pass = async (clock: FakeClock, still: () => Promise<void>) => {
  await clock.advance(100)
  await still()
}

test('a new object gets its finalizer before the first write, then what it needs, then its status, each written once', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  t.deepEqual(paths(api), ['PATCH machines/m', 'PATCH engines/m', 'PATCH machines/m/status'])
  t.deepEqual(api.get(`${MACHINES}/m`)?.metadata.finalizers, [FINALIZER])
  t.deepEqual(conditions(api), ['Ready=False Starting', 'Reconciling=True Starting'])
  run(api)
  await pass(clock, still)
  t.deepEqual(conditions(api), ['Ready=True Ready'])
  t.is(api.writes.length, 4)
  await runtime.stop()
})

test('what is ready for a time only is looked at again when that is over, without any event', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const until = clock.now() + 300_000
  const looks: number[] = []
  const rest: Step<Machine, Facts> = ({ now }) => {
    looks.push(now)
    return readyFor(now < until ? until - now : undefined)
  }
  const { runtime, still } = await operator(api, clock, machineKind({ steps: { rest, last: () => blocked('Stuck', 'for ever') } }))
  await pass(clock, still)
  t.deepEqual(conditions(api), ['Ready=False Stuck', 'Stalled=True Stuck'])
  const [first, before] = [looks.length, api.writes.length]
  await clock.advance(3_600_000)
  await still()
  t.deepEqual([looks.length, looks.at(-1), api.writes.length], [first + 1, until, before])
  await runtime.stop()
})

test('a converged object costs no write, not even after a restart', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const first = await operator(api, clock)
  await pass(clock, first.still)
  run(api)
  await pass(clock, first.still)
  await first.runtime.stop()
  const before = api.writes.length
  const second = await operator(api, clock)
  await clock.advance(3_600_000)
  await second.still()
  t.is(api.writes.length, before)
  await second.runtime.stop()
})

test('what somebody else changed of ours is put right', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  api.put(ENGINES, { ...(api.get(`${ENGINES}/m`) as Engine), spec: { size: 99 } })
  await pass(clock, still)
  t.deepEqual(api.get(`${ENGINES}/m`)?.['spec'], { size: 1 })
  await runtime.stop()
})

test('a finalizer that somebody takes off an object in use is put back', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  run(api)
  await pass(clock, still)
  const object = api.get(`${MACHINES}/m`) as Machine
  api.put(MACHINES, { ...object, metadata: { ...object.metadata, finalizers: [] } })
  await pass(clock, still)
  t.deepEqual(api.get(`${MACHINES}/m`)?.metadata.finalizers, [FINALIZER])
  await runtime.stop()
})

test("a stranger's object under our name is neither adopted nor changed nor deleted", async (t) => {
  const { api, clock, machine } = setUp()
  const stranger = { apiVersion: 'foreign.dev/v1', kind: 'Engine', metadata: { name: 'm', namespace: 'a', labels: { planted: 'yes' } }, spec: { size: 7 } }
  const planted = api.put(ENGINES, stranger)
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  t.deepEqual(conditions(api), ['Ready=False NameConflict', 'Stalled=True NameConflict'])
  t.deepEqual(api.get(`${ENGINES}/m`), planted)
  await runtime.client.delete(machines.resource, { name: 'm', namespace: 'a' })
  await pass(clock, still)
  t.is(api.get(`${MACHINES}/m`), undefined)
  t.deepEqual(api.get(`${ENGINES}/m`), planted)
  await runtime.stop()
})

test("a stranger's object that wears our labels with another owner is left alone", async (t) => {
  const { api, clock, machine } = setUp()
  const labels = { 'app.kubernetes.io/managed-by': 'kumulus', 'kumulus.dev/owner-uid': 'somebody-else' }
  const planted = api.put(ENGINES, { apiVersion: 'foreign.dev/v1', kind: 'Engine', metadata: { name: 'm', namespace: 'a', labels }, spec: { size: 7 } })
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  t.deepEqual(conditions(api), ['Ready=False NameConflict', 'Stalled=True NameConflict'])
  t.deepEqual(api.get(`${ENGINES}/m`), planted)
  await runtime.client.delete(machines.resource, { name: 'm', namespace: 'a' })
  await pass(clock, still)
  t.deepEqual(api.get(`${ENGINES}/m`), planted)
  await runtime.stop()
})

test('deletion tears down first and lets go of the object last', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  api.put(ENGINES, { ...(api.get(`${ENGINES}/m`) as Engine), metadata: { ...api.get(`${ENGINES}/m`)?.metadata, finalizers: ['foreign.dev/x'] } })
  await pass(clock, still)
  api.writes.length = 0
  await runtime.client.delete(machines.resource, { name: 'm', namespace: 'a' })
  await pass(clock, still)
  t.deepEqual(paths(api), ['DELETE machines/m', 'DELETE engines/m', 'PATCH machines/m/status'])
  t.deepEqual(conditions(api), ['Ready=False Stopping', 'Reconciling=True Stopping'])
  await runtime.client.mergePatch(engines.resource, { name: 'm', namespace: 'a' }, { metadata: { finalizers: [] } })
  await pass(clock, still)
  t.is(api.get(`${MACHINES}/m`), undefined)
  t.is(api.get(`${ENGINES}/m`), undefined)
  await runtime.stop()
})

test('every delete names the uid and the version that was seen', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  const { uid, resourceVersion } = api.get(`${ENGINES}/m`)?.metadata ?? {}
  await runtime.client.delete(machines.resource, { name: 'm', namespace: 'a' })
  await pass(clock, still)
  const request = api.writes.find(({ method, path }) => method === 'DELETE' && path === `${ENGINES}/m`)
  t.deepEqual((request?.body as { preconditions: unknown }).preconditions, { uid, resourceVersion })
  await runtime.stop()
})

for (const seen of [true, false]) {
  test(`deleting the CustomResourceDefinition tears nothing down, its deletion ${seen ? 'seen' : 'not yet seen'} by the watch`, async (t) => {
    const { api, clock, machine, crd } = setUp()
    api.put(MACHINES, machine)
    const { runtime, still } = await operator(api, clock)
    await pass(clock, still)
    const metadata = { ...crd.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
    // Unseen: the watch is still to bring it, the server already knows.
    if (seen) api.put(CRDS, { ...crd, metadata })
    else api.get(`${CRDS}/machines.kumulus.dev`)!.metadata.deletionTimestamp = metadata.deletionTimestamp
    api.writes.length = 0
    await runtime.client.delete(machines.resource, { name: 'm', namespace: 'a' })
    await pass(clock, still)
    t.is(api.get(`${MACHINES}/m`), undefined)
    t.not(api.get(`${ENGINES}/m`), undefined)
    t.false(paths(api).includes('DELETE engines/m'))
    await runtime.stop()
  })
}

test('a crash before or after any write leaves nothing double and nothing behind', async (t) => {
  const reference = setUp()
  reference.api.put(MACHINES, reference.machine)
  const undisturbed = await operator(reference.api, reference.clock)
  await pass(reference.clock, undisturbed.still)
  await undisturbed.runtime.stop()
  const total = reference.api.writes.length
  for (let write = 1; write <= total; write++) {
    for (const when of ['before', 'after'] as const) {
      const { api, clock, machine } = setUp()
      api.put(MACHINES, machine)
      let count = 0
      api.fault = (request, moment) => {
        if (request.method === 'GET') return
        if (moment === 'before') count++
        if (count > write || (count === write && moment === when)) throw new Error('the process is dead')
      }
      const dying = await operator(api, clock)
      await clock.advance(1000)
      void dying.runtime.stop()
      api.fault = () => {}
      const created = api.writes.filter(({ path }) => path === `${ENGINES}/m`).length
      const heir = await operator(api, clock)
      await pass(clock, heir.still)
      run(api)
      await pass(clock, heir.still)
      t.deepEqual(conditions(api), ['Ready=True Ready'], `${when} write ${write}`)
      t.true(api.writes.filter(({ path }) => path === `${ENGINES}/m`).length <= created + 1)
      await heir.runtime.stop()
    }
  }
})

test('an error that goes on is told in the status once, without internals, and ends by itself', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  let broken = true
  const secret = new Error('token abc leaked')
  const step: Step<Machine, Facts> = () => {
    if (broken) throw secret
    return ready
  }
  const { runtime, still } = await operator(api, clock, machineKind({ steps: { step } }))
  await clock.advance(60_000)
  t.deepEqual(conditions(api), ['Ready=False Retrying', 'Reconciling=True Retrying'])
  t.false(JSON.stringify(api.get(`${MACHINES}/m`)).includes('abc'))
  t.is(api.writes.length, 1)
  broken = false
  await clock.advance(120_000)
  await still()
  t.deepEqual(conditions(api), ['Ready=True Ready'])
  await runtime.stop()
})

test('a blocked object is not tried again until something changes', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  let passes = 0
  const step: Step<Machine, Facts> = ({ object }) => {
    passes++
    return object.spec.size > 1 ? ready : blocked('TooSmall', 'choose a larger size')
  }
  const { runtime, still } = await operator(api, clock, machineKind({ steps: { step } }))
  await clock.advance(86_400_000)
  t.is(passes, 1)
  t.deepEqual(conditions(api), ['Ready=False TooSmall', 'Stalled=True TooSmall'])
  api.put(MACHINES, { ...(api.get(`${MACHINES}/m`) as Machine), spec: { size: 2 } })
  await pass(clock, still)
  t.deepEqual(conditions(api), ['Ready=True Ready'])
  await runtime.stop()
})

test('a clean stop lets the running pass finish and starts no other', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  const gate = Promise.withResolvers<void>()
  let started = 0
  const step: Step<Machine, Facts> = async (context) => {
    started++
    await gate.promise
    return ensureEngine(context)
  }
  const { runtime } = await operator(api, clock, machineKind({ steps: { step } }))
  t.is(started, 1)
  api.put(MACHINES, { ...machine, metadata: { ...machine.metadata, name: 'other' } })
  let stopped = false
  const stopping = runtime.stop().then(() => {
    stopped = true
  })
  await settle()
  t.false(stopped)
  gate.resolve()
  await stopping
  t.deepEqual(paths(api).at(-1), 'PATCH machines/m/status')
  t.is(api.get(`${ENGINES}/other`), undefined)
})

test('a deletion in the middle of a pass does not skip the tear-down', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, { ...machine, metadata: { ...machine.metadata, finalizers: [FINALIZER] } })
  const step: Step<Machine, Facts> = async ({ apply, object }) => {
    const { name, namespace } = object.metadata
    await apply({ apiVersion: 'foreign.dev/v1', kind: 'Engine', metadata: { name, namespace: namespace ?? '' }, spec: { size: 1 } })
    if (object.metadata.deletionTimestamp === undefined) await api.request({ method: 'DELETE', path: `${MACHINES}/m` })
    await settle()
    return ready
  }
  const { runtime, still } = await operator(api, clock, machineKind({ steps: { step } }))
  await pass(clock, still)
  t.is(api.get(`${MACHINES}/m`), undefined)
  t.is(api.get(`${ENGINES}/m`), undefined)
  await runtime.stop()
})

test('nothing is made for an object that goes before it has its finalizer', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  api.fault = ({ method, path }, when) => {
    if (method === 'PATCH' && path === `${MACHINES}/m` && when === 'before') void api.request({ method: 'DELETE', path })
  }
  const { runtime, still } = await operator(api, clock)
  await pass(clock, still)
  t.is(api.get(`${MACHINES}/m`), undefined)
  t.is(api.get(`${ENGINES}/m`), undefined)
  await runtime.stop()
})

test('a process that serves some namespaces leaves the others to others, but reads what they share', async (t) => {
  const { api, clock, machine } = setUp()
  api.put(MACHINES, machine)
  api.put(MACHINES.replace('/a/', '/b/'), { ...machine, metadata: { name: 'm', namespace: 'b' } })
  const shared = { ...machines, everywhere: true }
  const runtime = createRuntime({ transport: api, clock, log: silentLog, identity: 'test', namespaces: ['a'] })
  runtime.kind(machineKind({ informer: shared }))
  runtime.start()
  await clock.advance(1_000)
  t.is(runtime.cache.of(shared).size, 2)
  t.not(api.get(`${ENGINES}/m`), undefined)
  t.is(api.get(`${ENGINES.replace('/a/', '/b/')}/m`), undefined)
  t.true(api.writes.every(({ path }) => path.includes('/namespaces/a/')))
  await runtime.stop()
})
