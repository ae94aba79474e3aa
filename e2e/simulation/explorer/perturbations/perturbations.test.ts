import test from 'ava'
import type { Perturbation } from '../plan.ts'
import { configMaps, manifest, smallWorld } from './testing.ts'
import type { SmallWorld } from './testing.ts'

const resource = '/configmaps'
const text = (world: SmallWorld, name = 'one') => world.reader().knows(name)?.text
const writeOf = (world: SmallWorld, name: string) => world.reader().client.create(configMaps, manifest(name, 'made'))
const isStored = (world: SmallWorld, name: string) => world.client.get(configMaps, { name, namespace: 'default' }).then(() => true, () => false)

test('a frozen watch shows nothing, and thawed everything that came meanwhile, in order', async (t) => {
  const world = await smallWorld({ kind: 'freeze', resource, event: 2, ms: 20_000 })
  for (const each of ['a', 'b', 'c', 'd']) await world.put('one', each)
  t.is(text(world), 'b')
  await world.clock.advance(19_900)
  t.is(text(world), 'b')
  t.is(world.lastFault(), world.clock.now() + 100)
  await world.clock.advance(200)
  t.deepEqual(world.reader().history.filter((each) => each.startsWith('one')), ['one a', 'one b', 'one c', 'one d'])
  await world.stop()
})

test('a watch frozen for longer than its reader takes for silence is frozen for the next one too', async (t) => {
  const world = await smallWorld({ kind: 'freeze', resource, event: 1, ms: 400_000 })
  for (const each of ['a', 'b']) await world.put('one', each)
  await world.clock.advance(390_000)
  t.is(text(world), 'a')
  await world.clock.advance(20_000)
  t.is(text(world), 'b')
  await world.stop()
})

test('a dropped event is never seen, and the next one of its object is', async (t) => {
  const world = await smallWorld({ kind: 'drop', resource, event: 2 })
  await world.put('one', 'a')
  await world.put('one', 'b')
  await world.put('two', 'a')
  t.deepEqual([text(world), text(world, 'two')], ['a', undefined])
  await world.put('one', 'c')
  await world.clock.advance(100)
  t.deepEqual([text(world), text(world, 'two')], ['c', 'a'])
  t.false(world.reader().history.includes('one b'))
  await world.stop()
})

test('a dropped deletion is learnt from a list alone', async (t) => {
  const world = await smallWorld({ kind: 'drop', resource, event: 2 })
  await world.put('one', 'a')
  await world.remove('one')
  await world.clock.advance(1000)
  t.is(text(world), 'a')
  await world.clock.advance(30_000)
  t.is(text(world), undefined)
  await world.stop()
})

test('an object is recreated while nobody sees it go: its reader knows the one, and then the other', async (t) => {
  const world = await smallWorld({ kind: 'recreate', resource, event: 1 })
  await world.put('zero', 'a')
  await world.clock.advance(100)
  const after = await smallWorld({ kind: 'recreate', resource, event: 2 })
  await after.put('one', 'a')
  const before = after.reader().knows('one')?.uid
  await after.put('one', 'b')
  await after.clock.advance(100)
  const { uid } = after.reader().knows('one') ?? {}
  t.is(text(after), 'b')
  t.not(uid, before)
  t.is(uid, (await after.client.get(configMaps, { name: 'one', namespace: 'default' })).metadata.uid)
  t.deepEqual(after.reader().history.filter((each) => each.startsWith('one')), ['one a', 'one b'])
  t.is(text(world, 'zero'), 'a')
  await Promise.all([world.stop(), after.stop()])
})

test('what a finalizer holds is made again as soon as it is gone', async (t) => {
  const world = await smallWorld({ kind: 'recreate', resource, event: 1 })
  const held = { ...manifest('one', 'a'), metadata: { name: 'one', namespace: 'default', finalizers: ['example.com/hold'] } }
  const { uid } = (await world.client.create(configMaps, held)).metadata
  await world.clock.advance(6000)
  t.is(world.reader().knows('one')?.uid, uid)
  await world.client.mergePatch(configMaps, { name: 'one', namespace: 'default' }, { metadata: { finalizers: null } })
  await world.clock.advance(100)
  t.not(world.reader().knows('one')?.uid, uid)
  t.is(text(world), 'a')
  await world.stop()
})

test('what its user deletes too while it goes is not made again', async (t) => {
  const world = await smallWorld({ kind: 'recreate', resource, event: 1 })
  const held = { ...manifest('one', 'a'), metadata: { name: 'one', namespace: 'default', finalizers: ['example.com/hold'] } }
  await world.client.create(configMaps, held)
  await world.clock.advance(6000)
  world.removed.push({ kind: 'ConfigMap', name: 'one', namespace: 'default' })
  await world.client.mergePatch(configMaps, { name: 'one', namespace: 'default' }, { metadata: { finalizers: null } })
  await world.clock.advance(100)
  t.is(world.reader().knows('one'), undefined)
  await world.stop()
})

test('a watch that is cut ends in the middle of an event, which comes whole with the next watch', async (t) => {
  const world = await smallWorld({ kind: 'cut', resource, event: 2 })
  await world.put('one', 'a')
  await world.put('one', 'b')
  t.is(text(world), 'a')
  await world.clock.advance(2000)
  t.is(text(world), 'b')
  await world.stop()
})

test('a compaction ends every watch, and they go on from a list', async (t) => {
  const world = await smallWorld({ kind: 'compact', write: 1 })
  await world.put('one', 'a')
  await writeOf(world, 'own')
  t.is((await world.client.list(configMaps, { namespace: 'default' })).items.filter(({ metadata }) => !metadata.name.startsWith('kube-')).length, 2)
  await world.put('one', 'b')
  await world.clock.advance(2000)
  t.deepEqual([text(world), text(world, 'own')], ['b', 'made'])
  await world.stop()
})

for (const when of ['before', 'after'] as const) {
  test(`a process that crashes ${when} a write gets no answer, and another one starts`, async (t) => {
    const world = await smallWorld({ kind: 'crash', write: 2, when })
    await writeOf(world, 'one')
    let answered = false
    writeOf(world, 'two').then(() => (answered = true), () => (answered = true))
    const dead = world.reader()
    await world.clock.advance(5000)
    t.deepEqual([answered, world.crashes(), await isStored(world, 'two')], [false, 1, when === 'after'])
    t.not(world.reader(), dead)
    await writeOf(world, 'three')
    t.is(world.crashes(), 1)
    await world.stop()
  })

  test(`a 504 ${when} the commit is an error either way, and the write ${when === 'after' ? 'was' : 'was not'} done`, async (t) => {
    const world = await smallWorld({ kind: 'answer', write: 1, status: 504, when })
    await t.throwsAsync(writeOf(world, 'one'), { message: /asked for/ })
    t.is(await isStored(world, 'one'), when === 'after')
    await writeOf(world, 'two')
    await world.stop()
  })
}

test('a 429 says how long to wait', async (t) => {
  const world = await smallWorld({ kind: 'answer', write: 1, status: 429, when: 'before', retryAfter: 7 })
  const error = await t.throwsAsync(writeOf(world, 'one'))
  t.is((error as { retryAfter?: number }).retryAfter, 7000)
  await world.stop()
})

test('a process that starts beside an API server that lags sees the past, and after a while what has happened since', async (t) => {
  const world = await smallWorld({ kind: 'rewind', write: 1, resource, back: 2 })
  for (const each of ['a', 'b', 'c']) await world.put('one', each)
  void writeOf(world, 'own')
  await world.clock.advance(200)
  t.is(world.crashes(), 1)
  t.is(text(world), 'a')
  await world.clock.advance(4000)
  t.is(text(world), 'a')
  await world.clock.advance(2000)
  t.is(text(world), 'c')
  t.false(await isStored(world, 'own'))
  await world.stop()
})

test('a leap of the clock makes late what was due meanwhile, and time goes on from there', async (t) => {
  const world = await smallWorld({ kind: 'jump', write: 1, ms: 3_600_000 })
  const begun = world.clock.now()
  const fired: number[] = []
  world.clock.after(1000, () => fired.push(world.clock.now() - begun))
  world.clock.after(500, () => void writeOf(world, 'one'))
  await world.clock.advance(600)
  t.is(world.clock.now() - begun, 3_600_500)
  await world.clock.advance(0)
  t.deepEqual(fired, [3_600_500])
  t.true(await isStored(world, 'one'))
  await world.stop()
})

test('a process that stands still neither writes nor reads, and then does what it was about to do', async (t) => {
  const world = await smallWorld({ kind: 'pause', write: 1, ms: 60_000 })
  const write = writeOf(world, 'one')
  await world.put('two', 'a')
  await world.clock.advance(59_000)
  t.deepEqual([world.seconds(), await isStored(world, 'one'), text(world, 'two')], [1, false, undefined])
  await world.clock.advance(2000)
  await write
  t.deepEqual([await isStored(world, 'one'), text(world, 'two')], [true, 'a'])
  await world.stop()
})

const nodesOf = async (world: SmallWorld) =>
  (await world.client.list<{ spec?: { unschedulable?: boolean } }>({ group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false })).items
    .map(({ spec }) => spec?.unschedulable ?? false)

const foreign = (failure: Extract<Perturbation, { kind: 'foreign' }>['failure']) => smallWorld({ kind: 'foreign', failure, ms: 60_000 })

test('nodes are cordoned and uncordoned', async (t) => {
  const world = await foreign('unschedulable')
  await world.clock.advance(10)
  t.deepEqual(await nodesOf(world), [true, true])
  await world.clock.advance(60_000)
  t.deepEqual(await nodesOf(world), [false, false])
  await world.stop()
})

test('disks can be neither imported nor made, and then they can', async (t) => {
  const imports = await foreign('import')
  const importOne = (id: string) => imports.disks.importImage(id, { url: 'http://images/one' }, 2 ** 30, () => {}, new AbortController().signal)
  await t.throwsAsync(importOne('one'), { message: /404/ })
  await imports.disks.createBlank('two', 1)
  await imports.clock.advance(60_000)
  await importOne('one')
  const volumes = await foreign('volume')
  await t.throwsAsync(volumes.disks.createBlank('one', 1), { message: /not enough space/ })
  await volumes.clock.advance(60_000)
  await volumes.disks.createBlank('one', 1)
  await Promise.all([imports.stop(), volumes.stop()])
})

test('machines crash as often as they are started, until they do no more', async (t) => {
  const world = await foreign('crash-loop')
  const machine = { namespace: 'default', name: 'one', vcpus: 1, memoryBytes: 1, firmware: { uuid: '', serial: '' }, disks: [], network: { mac: '' } }
  await world.hypervisor.start({ ...machine, uid: 'one' })
  await world.clock.advance(20_000)
  t.deepEqual([...world.hypervisor.states()], [])
  await world.clock.advance(60_000)
  await world.hypervisor.start({ ...machine, uid: 'two' })
  await world.clock.advance(60_000)
  t.deepEqual([...world.hypervisor.states().values()], ['running'])
  await world.stop()
})

test('no network comes about while its controller is down', async (t) => {
  const world = await foreign('network')
  const vpcs = { group: 'kubeovn.io', version: 'v1', kind: 'Vpc', plural: 'vpcs', namespaced: false }
  const standby = async () => (await world.client.get<{ status?: { standby?: boolean } }>(vpcs, { name: 'one' })).status?.standby
  await world.client.create(vpcs, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'one' }, spec: {} })
  await world.clock.advance(30_000)
  t.is(await standby(), undefined)
  await world.clock.advance(40_000)
  t.is(await standby(), true)
  await world.stop()
})
