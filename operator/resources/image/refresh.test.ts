import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { type Image, imageSpec, type ImageStatus } from '../../../crds/v1alpha1/image.ts'
import { volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import type { SourceMark } from '../../image-sources/probe.ts'
import { createProbes } from '../../image-sources/probes.ts'
import { ready } from '../../runtime/outcome.ts'
import { stored } from '../instance/sample.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { volumeInformer } from '../volume/store.ts'
import { imageController } from './controller.ts'
import { versionName, versionsOf } from './family.ts'
import { observeImage } from './observe.ts'
import { buildVersion } from './refresh.ts'
import { imageStatus } from './status.ts'
import { imageInformer } from './store.ts'

const settings = { operatorNamespace: 'kumulus', imageSources: [], defaultVolumeType: 'gp3' }
const url = 'https://images.example.com/debian.qcow2'
const created = Date.UTC(2026, 0, 1, 10, 30, 20)
const at = (hour: number, minute = 0): number => Date.UTC(2026, 0, 1, hour, minute)
const text = (time: number): string => new Date(time).toISOString().replace('.000', '')

const familyOf = (status?: Partial<ImageStatus>, retain?: { count: number }): Image => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Image',
  metadata: { name: 'debian', namespace: 'team-a', uid: 'uid-debian', resourceVersion: '1', generation: 1, creationTimestamp: text(created) },
  spec: imageSpec.parse({ source: { http: { url, refresh: '0 * * * *' } }, ...retain === undefined ? {} : { retain } }),
  ...status === undefined ? {} : { status: { observedGeneration: 1, ...status } },
})
const family = familyOf()
const version = (time: number, mark: SourceMark = {}, state: NonNullable<ImageStatus['state']> = 'available', since = time): Image => {
  const image = made(family, buildVersion(family, { time, mark }))
  const conditions = [{ type: 'Ready', status: state === 'available' ? 'True' : 'False', reason: 'ImportFailed', message: 'it fails', lastTransitionTime: text(since) }]
  return { ...image, metadata: { ...image.metadata, uid: `uid-${time}` }, status: { observedGeneration: 1, state, conditions } } as never
}

type Around = { versions?: Image[]; now: number; files?: Record<string, SourceMark>; instances?: object[]; volumes?: object[] }

/** Two passes, between which the web server answers. */
const passes = async (object: Image, { versions = [], now, files = {}, instances = [], volumes = [] }: Around) => {
  const probes = createProbes(asked => files[asked] === undefined ? Promise.reject(new Error(`${asked} answered 404`)) : Promise.resolve(files[asked]))
  const cache = cacheOf(holding(imageInformer, object, ...versions), holding(instanceInformer, ...instances), holding(volumeInformer, ...volumes))
  const { versions: step, version: wait } = imageController(settings, probes).steps
  const pass = async () => {
    const facts = observeImage(settings, probes)(object, cache, now)
    const context = { ...recordingContext(object, facts), now }
    const outcome = await step?.(context) ?? ready
    const outcomes = { versions: outcome, version: await wait?.(context) ?? ready }
    const { acts, applied } = context.recording
    return { acts, applied, outcome, status: imageStatus({ object, facts, outcome: outcomes.version, outcomes, now }) }
  }
  const first = await pass()
  await new Promise(resolve => setImmediate(resolve))
  return { first, ...await pass() }
}
const removed = (acts: readonly string[]): string[] => acts.filter(act => act.startsWith('remove'))
const created1 = (acts: readonly string[]): string[] => acts.filter(act => act.startsWith('apply Image'))
const refreshed = (status: ImageStatus) => status.conditions?.find(({ type }) => type === 'Refreshed')

test('a family imports the first file by its own time of creation, after it has asked which one it is', async t => {
  const { first, acts, applied, status } = await passes(family, { now: created + 5000, files: { [url]: { etag: '"1"' } } })
  t.deepEqual(first.acts, [])
  t.deepEqual(created1(acts), ['apply Image team-a/debian-20260101t1030z'])
  t.like(applied[0], { metadata: { annotations: { 'kumulus.dev/source-etag': '"1"' } }, spec: { source: { http: { url } } } })
  t.is(status.state, 'pending')
})

test('a first file that the operator can not ask for is imported all the same: CDI may reach it', async t => {
  t.is(created1((await passes(family, { now: created + 5000 })).acts).length, 1)
})

test('the same file is not fetched again, be it told by its ETag or, on another mirror, by its time and length', async t => {
  const before = [version(at(10, 30), { etag: '"1"', modified: 'monday; 5 bytes' })]
  for (const mark of [{ etag: '"1"' }, { etag: '"other"', modified: 'monday; 5 bytes' }]) {
    const { acts, status } = await passes(family, { versions: before, now: at(11, 1), files: { [url]: mark } })
    t.deepEqual(created1(acts), [])
    t.deepEqual([status.refresh?.lastScheduleTime, refreshed(status)?.status], [text(at(11)), 'True'])
    t.is(status.refresh?.nextScheduleTime, text(at(12)))
  }
})

test('another file, or one that nothing tells from others, becomes a version of the time that was due, one for several that were missed', async t => {
  for (const [mark, newer] of [[{ etag: '"1"' }, { etag: '"2"' }], [{}, {}]]) {
    const { acts } = await passes(family, { versions: [version(at(10, 30), mark)], now: at(15, 59), files: { [url]: newer ?? {} } })
    t.deepEqual(created1(acts), ['apply Image team-a/debian-20260101t1500z'])
  }
})

test('a server that fails leaves the version that there is, says so, and is asked again', async t => {
  const { acts, status, outcome } = await passes(family, { versions: [version(at(10, 30))], now: at(11, 1) })
  t.deepEqual(created1(acts), [])
  t.like(refreshed(status), { status: 'False', reason: 'RefreshFailed', message: `${url} answered 404` })
  t.is(status.state, 'available')
  t.is(status.refresh?.lastScheduleTime, text(at(10, 30)), 'it is due still')
  t.deepEqual(outcome, { kind: 'ready', after: 600_000 })
})

test('a version that fails leaves the one before, and goes when a newer is there', async t => {
  const versions = [version(at(10, 30), { etag: '"1"' }), version(at(11), { etag: '"2"' }, 'failed')]
  const { acts, status } = await passes(family, { versions, now: at(11, 5) })
  t.like(refreshed(status), { status: 'False', message: 'debian-20260101t1100z: it fails' })
  t.is(status.latest?.name, 'debian-20260101t1030z')
  t.deepEqual(removed(acts), [])
  const next = await passes(family, { versions: [...versions, version(at(12), { etag: '"3"' })], now: at(12, 5) })
  t.deepEqual(removed(next.acts), ['remove Image team-a/debian-20260101t1100z'])
})

test('a version that was deleted by hand is not fetched again, until its source has another file', async t => {
  const object = familyOf({ state: 'available', latest: { name: 'debian-20260101t1100z', imageID: 'ami-2', time: text(at(11)) }, refresh: { etag: '"2"' } })
  const around = { versions: [version(at(10, 30), { etag: '"1"' })], now: at(12, 1) }
  const { acts, status } = await passes(object, { ...around, files: { [url]: { etag: '"2"' } } })
  t.deepEqual(created1(acts), [])
  t.deepEqual([status.latest?.name, status.refresh?.etag], ['debian-20260101t1030z', '"2"'])
  t.is(created1((await passes(object, { ...around, files: { [url]: { etag: '"3"' } } })).acts).length, 1)
})

test('old versions go: beyond the count, an hour after they were replaced, and when no instance or volume names them or was made from them', async t => {
  const versions = [version(at(1)), version(at(2)), version(at(3)), version(at(4)), version(at(5), {}, 'available', at(5, 30))]
  const keep2 = familyOf({}, { count: 2 })
  const goesAt = async (now: number, more: Partial<Around> = {}) =>
    removed((await passes(keep2, { versions, now, ...more })).acts).map(act => act.slice(-14))
  const [third, second, first] = ['20260101t0300z', '20260101t0200z', '20260101t0100z']
  t.deepEqual(await goesAt(at(5, 40)), [third, second, first])
  t.deepEqual(removed((await passes(familyOf({}, { count: 1 }), { versions, now: at(5, 40) })).acts).length, 3, 'the fourth was replaced just now')
  t.deepEqual(removed((await passes(familyOf({}, { count: 1 }), { versions, now: at(6, 40) })).acts).length, 4)
  const imageID = idOf(idPrefixes.image, `uid-${at(2)}`)
  t.deepEqual(await goesAt(at(5, 40), { instances: [stored({}, { status: { imageID } })] }), [third, first])
  const named = { ...stored({ imageRef: { name: versionName('debian', at(1)) } }) }
  t.deepEqual(await goesAt(at(5, 40), { instances: [named] }), [third, second])
  const volume = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'Volume', metadata: { name: 'v', namespace: 'team-b', uid: 'v', resourceVersion: '1' },
    spec: volumeSpec.parse({ availabilityZone: 'zone-a', imageRef: { name: versionName('debian', at(1)), namespace: 'team-a' } }) }
  t.deepEqual(await goesAt(at(5, 40), { volumes: [volume] }), [third, second])
})

test('what only looks like a version is none: by another name, of another owner, or a family itself', t => {
  const good = version(at(10))
  const renamed = { ...good, metadata: { ...good.metadata, name: 'debian-latest' } }
  const stranger = { ...version(at(11)), metadata: { ...version(at(11)).metadata, labels: { 'kumulus.dev/owner-uid': 'another' } } }
  const inner = { ...version(at(12)), spec: family.spec }
  const elsewhere = { ...version(at(13)), metadata: { ...version(at(13)).metadata, namespace: 'team-b' } }
  const cache = cacheOf(holding(imageInformer, family, good, renamed, stranger, inner, elsewhere))
  t.deepEqual(versionsOf(family, cache).map(({ image }) => image.metadata.name), [good.metadata.name])
})

test('what is changed on a family is changed on its versions, and nothing is written where nothing is', async t => {
  const versions = [version(at(10, 30))]
  t.deepEqual(created1((await passes(family, { versions, now: at(10, 40) })).acts), [])
  const shared: Image = { ...family, spec: { ...family.spec, launchPermissions: { public: true } } }
  t.deepEqual(created1((await passes(shared, { versions, now: at(10, 40) })).acts), ['apply Image team-a/debian-20260101t1030z'])
})

test('a version says what its family says, and is deprecated when a newer can be launched', t => {
  const shared: Image = { ...family, spec: { ...family.spec, launchPermissions: { public: false, namespaces: ['team-b'] }, minSize: '4Gi' } }
  t.like(buildVersion(shared, { time: at(1), mark: {} }).spec, { launchPermissions: { public: false, namespaces: ['team-b'] }, minSize: '4Gi' })
  t.is(buildVersion(shared, { time: at(1), mark: {} }, at(2)).spec.deprecationTime, text(at(2)))
  t.false('refresh' in buildVersion(shared, { time: at(1), mark: {} }).spec.source.http)
})
