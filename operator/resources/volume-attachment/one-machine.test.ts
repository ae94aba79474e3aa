/**
 * Two processes, each with its own idea of the world and able to stall between any two requests, a KubeVirt that acts on what it has seen so far, and
 * users who attach, detach, stop and start: no volume is ever in two machines.
 */
import test from 'ava'
import fc from 'fast-check'
import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { instanceSpec } from '../../../crds/v1alpha1/instance.ts'
import { volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { attachmentRecordsOf } from '../../providers/csi/attachment-records.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ApiError } from '../../runtime/api-error.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { silentLog } from '../../runtime/log.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { volumeInformer } from '../volume/store.ts'
import { volumeAttachmentController } from './controller.ts'
import { observeVolumeAttachment, type VolumeAttachmentFacts } from './observe.ts'
import { volumeAttachmentInformer } from './store.ts'

type Volume = { name: string; persistentVolumeClaim: { claimName: string; hotpluggable?: boolean } }
type Template = { runStrategy?: string; volumes?: Volume[]; template?: { spec: { volumes: Volume[]; domain?: object } } }
type Any = KubeObject & { spec?: Template; status?: Record<string, unknown> }

const namespace = 'team-a'
const meta = (name: string, more: object = {}) => ({ name, namespace, uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...more })
const ours = (kind: string, name: string, spec: object, status: Record<string, unknown> = {}): Any =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: meta(name, { uid: `uid-${kind}-${name}` }), spec: spec, status })

/** What a server keeps, every version of it, each written only as it was read. */
type Get = (kind: string, name: string) => Any | undefined

const createServer = (written: (get: Get) => void) => {
  const history = new Map<string, (Any | undefined)[]>()
  let version = 1
  const keyOf = (kind: string, name: string) => `${kind}/${name}`
  const get = (kind: string, name: string): Any | undefined => history.get(keyOf(kind, name))?.at(-1)
  const put = (object: Any): Any => {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${++version}` } }
    const key = keyOf(object.kind, object.metadata.name)
    history.set(key, [...history.get(key) ?? [], stored])
    written(get)
    return stored
  }
  const remove = (kind: string, name: string) => void history.get(keyOf(kind, name))?.push(undefined)
  return { history, get, put, remove }
}
type Server = ReturnType<typeof createServer>

const merged = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const next = { ...target as Record<string, unknown> }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(next, key)
    else next[key] = merged(next[key], value)
  }
  return next
}

const names = ['web', 'db'] as const
type Name = (typeof names)[number]

const begin = (written: (get: Get) => void): Server => {
  const server = createServer(written)
  const volume = ours('Volume', 'data', volumeSpec.parse({ availabilityZone: 'zone-a', size: '1Gi' }), { state: 'available' })
  server.put(volume)
  server.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data', { labels: ownerLabels(volume) }), spec: {}, status: { phase: 'Bound' } })
  for (const name of names) {
    const instance = ours('Instance', name, instanceSpec.parse({ subnetRef: { name: 'a' }, imageRef: { name: 'i' }, instanceType: 't' }))
    server.put(instance)
    server.put({
      apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: meta(name, { uid: `uid-vm-${name}`, labels: ownerLabels(instance) }),
      spec: { runStrategy: 'RerunOnFailure', template: { spec: { volumes: [{ name: 'sda1', persistentVolumeClaim: { claimName: `${name}-sda1` } }], domain: { devices: { disks: [] } } } } },
      status: {},
    })
  }
  return server
}

const hasData = (object: Any | undefined): boolean =>
  (object?.spec?.template?.spec?.volumes ?? object?.spec?.volumes ?? []).some(each => each.persistentVolumeClaim.claimName === 'data')

const { steps, finalize = {} } = volumeAttachmentController()

/** One pass of a process over one attachment. @param pick - of the versions of an object, the one that its watches have brought. */
type Pick = (versions: (Any | undefined)[]) => Any | undefined

const reconcile = async (server: Server, name: string, pick: Pick, turn: () => Promise<void>): Promise<void> => {
  const seen = (kind: string, ...of: string[]) => of.flatMap(each => pick(server.history.get(`${kind}/${each}`) ?? []) ?? [])
  const known = [...server.history.keys()].flatMap(key => key.startsWith('VolumeAttachment/') ? [key.slice('VolumeAttachment/'.length)] : [])
  const [object] = seen('VolumeAttachment', name) as unknown as VolumeAttachment[]
  if (object === undefined) return
  const cache = cacheOf(
    holding(volumeInformer, ...seen('Volume', 'data')), holding(claimInformer, ...seen('PersistentVolumeClaim', 'data')),
    holding(instanceInformer, ...seen('Instance', ...names)), holding(virtualMachineInformer, ...seen('VirtualMachine', ...names)),
    holding(virtualMachineInstanceInformer, ...seen('VirtualMachineInstance', ...names)), holding(volumeAttachmentInformer, ...seen('VolumeAttachment', ...known)),
  )
  const conflict = () => new ApiError(409, 'Conflict', 'changed')
  const context = {
    object, facts: observeVolumeAttachment(object, cache), now: 0, log: silentLog, event: () => undefined,
    read: async (resource: ResourceType, target: { name: string }) => {
      await turn()
      const found = server.get(resource.kind, target.name)
      await turn()
      return found
    },
    patch: async (resource: ResourceType, target: KubeObject, patch: object) => {
      await turn()
      const live = server.get(resource.kind, target.metadata.name)
      if (live?.metadata.resourceVersion !== target.metadata.resourceVersion || live.metadata.uid !== target.metadata.uid) throw conflict()
      const next = merged(live, patch) as Any
      const isNew = 'spec' in patch
      return server.put({ ...next, metadata: { ...next.metadata, generation: (live.metadata.generation ?? 0) + (isNew ? 1 : 0) } })
    },
  } as unknown as StepContext<VolumeAttachment, VolumeAttachmentFacts>
  const isGoing = object.metadata.deletionTimestamp !== undefined
  const inOrder: readonly Step<VolumeAttachment, VolumeAttachmentFacts>[] = Object.values(isGoing ? finalize : steps)
  for (const step of inOrder) {
    const outcome = await step(context)
    if (outcome.kind !== 'ready') return
  }
  await turn()
  const live = server.get('VolumeAttachment', name)
  if (isGoing && live?.metadata.uid === object.metadata.uid) server.remove('VolumeAttachment', name)
}

/** virt-controller: what it has seen of a machine never goes back, and may be behind. */
const kubeVirt = (server: Server, name: Name, seen: Map<Name, number>, ahead: number): void => {
  const versions = server.history.get(`VirtualMachine/${name}`) as Any[]
  const at = Math.min(versions.length - 1, (seen.get(name) ?? 0) + ahead)
  seen.set(name, at)
  const view = versions[at] as Any
  const live = server.get('VirtualMachine', name) as Any
  const run = server.get('VirtualMachineInstance', name)
  if (view.spec?.runStrategy === 'Halted') {
    if (run !== undefined) server.remove('VirtualMachineInstance', name)
    server.put({ ...live, status: { ...live.status, runStrategy: 'Halted' } })
    return
  }
  const volumes = view.spec?.template?.spec.volumes ?? []
  const hot = volumes.filter(each => each.persistentVolumeClaim.hotpluggable === true)
  server.put({
    apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: run?.metadata ?? meta(name, { uid: `uid-run-${name}`, labels: live.metadata.labels ?? {} }),
    spec: { volumes }, status: { phase: 'Running', volumeStatus: hot.map(each => ({ name: each.name, phase: 'Ready' })) },
  })
  server.put({ ...live, status: { ...live.status, runStrategy: 'RerunOnFailure', desiredGeneration: view.metadata.generation } })
}

type Deed =
  | { do: 'attach' | 'detach'; of: Name }
  | { do: 'power'; of: Name; on: boolean }
  | { do: 'kubevirt'; of: Name; ahead: number }
  | { do: 'reconcile'; of: Name; ages: number[] }

/** Each is begun in its turn, and goes on when it is let: `pause` requests, of any that wait, are answered before the next begins. */
type Turn = { pause: number; deed: Deed }

const some = (of: fc.Arbitrary<Name>, maxLength: number): fc.Arbitrary<Turn[]> => fc.array(fc.record({
  pause: fc.nat(12),
  deed: fc.oneof(
    { weight: 1, arbitrary: fc.record({ do: fc.constant('power' as const), of, on: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('kubevirt' as const), of, ahead: fc.nat(4) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('reconcile' as const), of, ages: fc.array(fc.nat(2), { maxLength: 6 }) }) },
  ),
}), { minLength: 4, maxLength })

const user = (deed: 'attach' | 'detach', of: Name): Turn => ({ pause: 0, deed: { do: deed, of } })

/** Attached to one, taken away at any moment, attached to the other and back, while passes of before are still on their way. */
const turns = fc.tuple(some(fc.constant('web'), 10), some(fc.constantFrom(...names), 14), some(fc.constantFrom(...names), 14))
  .map(([first, second, third]) => [
    user('attach', 'web'), ...first, user('detach', 'web'), user('attach', 'db'), ...second, user('detach', 'db'), user('attach', 'web'), ...third,
  ])

const act = async (server: Server, deed: Deed, seen: Map<Name, number>, turn: () => Promise<void>): Promise<void> => {
  const attachment = server.get('VolumeAttachment', `${deed.of}-data`)
  switch (deed.do) {
    case 'attach':
      if (attachment === undefined) {
        const made = ours('VolumeAttachment', `${deed.of}-data`, { volumeRef: { name: 'data' }, instanceRef: { name: deed.of }, device: '/dev/sdf', readOnly: false })
        server.put({ ...made, metadata: { ...made.metadata, uid: `uid-${deed.of}-${server.history.get(`VolumeAttachment/${deed.of}-data`)?.length ?? 0}` } })
      }
      return
    case 'detach':
      if (attachment !== undefined) server.put({ ...attachment, metadata: { ...attachment.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } })
      return
    case 'power': {
      const live = server.get('VirtualMachine', deed.of) as Any
      const metadata = { ...live.metadata, generation: (live.metadata.generation ?? 0) + 1 }
      server.put({ ...live, metadata, spec: { ...live.spec, runStrategy: deed.on ? 'RerunOnFailure' : 'Halted' } })
      return
    }
    case 'kubevirt': return kubeVirt(server, deed.of, seen, deed.ahead)
    case 'reconcile': {
      let next = 0
      const age = () => deed.ages[next++ % Math.max(1, deed.ages.length)] ?? 0
      const pick: Pick = versions => versions.at(-1 - Math.min(age(), versions.length - 1))
      await reconcile(server, `${deed.of}-data`, pick, turn).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error
      })
    }
  }
}

test('no volume is ever in two machines, whoever sleeps between which requests and sees how old a world', async t => {
  const runs = Number(process.env['HISTORIES'] ?? 200)
  let plugged = 0
  let released = 0
  await fc.assert(fc.asyncProperty(turns, fc.scheduler(), async (list, scheduler) => {
    const failures: unknown[] = []
    const seen = new Map<Name, number>()
    const turn = () => scheduler.schedule(Promise.resolve())
    const server = begin(get => {
      const having = names.filter(name => hasData(get('VirtualMachine', name)) || hasData(get('VirtualMachineInstance', name)))
      if (having.length > 1) failures.push(new Error(`${having.join(' and ')} have the volume`))
      if (having.length === 1) plugged++
    })
    const work: Promise<unknown>[] = []
    for (const { deed, pause } of list) {
      work.push(act(server, deed, seen, turn).catch((error: unknown) => failures.push(error)))
      for (let left = pause; left > 0; left--) await (scheduler.count() > 0 ? scheduler.waitOne() : Promise.resolve())
    }
    let isDone = false
    void Promise.all(work).then(() => (isDone = true))
    // What has been answered asks again a moment later.
    while (!isDone) await (scheduler.count() > 0 ? scheduler.waitOne() : Promise.resolve())
    if (failures.length > 0) throw failures[0]
    const records = server.history.get('PersistentVolumeClaim/data')?.map(each => each === undefined ? 0 : attachmentRecordsOf(each).length) ?? []
    if (records.some((count, index) => count < (records[index - 1] ?? 0))) released++
    if (records.some(count => count > 1)) throw new Error('two records on one claim')
  }), { numRuns: runs })
  t.true(plugged > 100, `the volume was in a machine after ${plugged} deeds`)
  t.true(released > 5, `it was given back in ${released} histories`)
  t.log(`in a machine after ${plugged} deeds, given back in ${released} of ${runs} histories`)
})

/** Which machines and runs have had the volume at once, in words. */
const watched = (): { server: Server; atOnce: string[] } => {
  const atOnce: string[] = []
  const server = begin(get => {
    const having = names.filter(name => hasData(get('VirtualMachine', name)) || hasData(get('VirtualMachineInstance', name)))
    if (having.length > 1) atOnce.push(having.join(' and '))
  })
  return { server, atOnce }
}

const unhindered = () => Promise.resolve()
const latest: Pick = versions => versions.at(-1)
const everything = 1000

/** A process that sees all there is takes up an attachment so often that nothing is left to do. */
const settle = async (server: Server, of: Name): Promise<void> => {
  for (let left = 6; left > 0; left--) await reconcile(server, `${of}-data`, latest, unhindered)
}

const does = (server: Server, deed: Deed, seen = new Map<Name, number>()) => act(server, deed, seen, unhindered)

test('a process that slept just before it plugs in is refused once the volume has been given to another', async t => {
  const { server, atOnce: twice } = watched()
  await does(server, { do: 'power', of: 'web', on: false })
  kubeVirt(server, 'web', new Map(), everything)
  await does(server, { do: 'attach', of: 'web' })
  await reconcile(server, 'web-data', latest, unhindered)
  const [dozing, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // The machine, the attachment and the claim are read, each with a turn before and after; the write is next.
  let requests = 0
  const asleep = reconcile(server, 'web-data', latest, () => {
    if (++requests !== 7) return Promise.resolve()
    dozing.resolve()
    return awake.promise
  })
  await dozing.promise
  await does(server, { do: 'detach', of: 'web' })
  await settle(server, 'web')
  t.is(server.get('VolumeAttachment', 'web-data'), undefined)
  await does(server, { do: 'attach', of: 'db' })
  await settle(server, 'db')
  t.true(hasData(server.get('VirtualMachine', 'db')))
  awake.resolve()
  await t.throwsAsync(asleep, { instanceOf: ApiError, message: /changed/ })
  t.deepEqual(twice, [])
})

test('a volume is not given away while KubeVirt may start a machine from what it saw before', async t => {
  const { server, atOnce: twice } = watched()
  const seen = new Map<Name, number>()
  await does(server, { do: 'power', of: 'web', on: false })
  kubeVirt(server, 'web', seen, everything)
  await does(server, { do: 'attach', of: 'web' })
  await settle(server, 'web')
  await does(server, { do: 'power', of: 'web', on: true })
  seen.set('web', (server.history.get('VirtualMachine/web')?.length ?? 0) - 1)
  await does(server, { do: 'detach', of: 'web' })
  await settle(server, 'web')
  t.false(hasData(server.get('VirtualMachine', 'web')), 'the machine is to have it no more')
  t.not(server.get('VolumeAttachment', 'web-data'), undefined)
  await does(server, { do: 'attach', of: 'db' })
  await settle(server, 'db')
  kubeVirt(server, 'web', seen, 0)
  t.true(hasData(server.get('VirtualMachineInstance', 'web')), 'and its run has it')
  kubeVirt(server, 'web', seen, everything)
  await settle(server, 'web')
  await settle(server, 'db')
  t.true(hasData(server.get('VirtualMachine', 'db')))
  t.deepEqual(twice, [])
})
