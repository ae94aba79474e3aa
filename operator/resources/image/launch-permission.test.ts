import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { imageSpec } from '../../../crds/v1alpha1/image.ts'
import { snapshotSpec } from '../../../crds/v1alpha1/snapshot.ts'
import type { Access } from '../../runtime/access.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { keptName, snapshotInformer } from '../snapshot/store.ts'
import { launchableImage, launchQuestion, launchRefusal, mayLaunch } from './launch-permission.ts'
import { imageInformer } from './store.ts'

const http = { http: { url: 'https://images.example.com/disk' } }
const meta = (name: string, uid: string, labels = {}) => ({ name, namespace: 'images', uid, resourceVersion: '1', labels })
const imageOf = (spec: object = {}, name = 'golden', labels = {}) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Image', metadata: meta(name, `uid-${name}`, labels), spec: imageSpec.parse({ source: http, ...spec }),
  status: { observedGeneration: 1, state: 'available' },
})
const captured = imageOf({ source: { instanceRef: { name: 'db' } } })
const snapshotOf = (...volumeIDs: string[]) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Snapshot', metadata: meta(idOf(idPrefixes.image, 'uid-golden'), 'uid-snapshot', { 'kumulus.dev/owner-uid': 'uid-golden' }),
  spec: snapshotSpec.parse({ instanceRef: { name: 'db' } }),
  status: { observedGeneration: 1, volumes: volumeIDs.map(volumeID => ({ volumeID, volumeName: 'x', deviceName: `/dev/${volumeID}`, encrypted: false })) },
}) as unknown as KubeObject
const cache = (images: object[], snapshots: object[] = []) => cacheOf(holding(imageInformer, ...images), holding(snapshotInformer, ...snapshots))

const launch = { namespace: 'team-a', ref: { name: 'golden', namespace: 'images' } }
const namesIn = (images: object[], snapshots: object[] = []) => launchQuestion(launch, cache(images, snapshots))?.attributes.map(({ name }) => name)
const id = (name: string) => idOf(idPrefixes.image, `uid-${name}`)

test('nothing is asked about an image of one\'s own, nor about one that its permissions share', t => {
  const around = cache([imageOf({ launchPermissions: { namespaces: ['team-a'] } }), imageOf({ launchPermissions: { public: true } }, 'open')])
  for (const ref of [{ name: 'any' }, { name: 'any', namespace: 'team-a' }, launch.ref, { name: 'open', namespace: 'images' }]) {
    t.is(launchQuestion({ namespace: 'team-a', ref }, around), undefined)
    t.true(mayLaunch({ namespace: 'team-a', ref }, around, undefined))
  }
})

test('the service account of the account is asked about, and whether CDI would let it clone just what the image is cloned from', t => {
  t.like(launchQuestion(launch, cache([imageOf()])), {
    user: 'system:serviceaccount:team-a:default',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:team-a', 'system:authenticated'],
    attributes: [{ namespace: 'images', verb: 'create', group: 'cdi.kubevirt.io', resource: 'datavolumes', subresource: 'source', name: id('golden') }],
  })
  const snapshot = snapshotOf('vol-1', 'vol-2')
  t.deepEqual(namesIn([captured], [snapshot]), [keptName(snapshot, 'vol-1'), keptName(snapshot, 'vol-2')], 'all its disks, or nothing')
})

test('where it is not known what there is to clone, all of the account that has it must be shared', t => {
  t.deepEqual(namesIn([]), [undefined])
  t.deepEqual(namesIn([captured]), [undefined])
  t.deepEqual(namesIn([captured], [snapshotOf()]), [undefined])
})

test('of a family it is asked about the version that a launch takes, which permissions of its own keep from others as well', t => {
  const family = imageOf({ source: { http: { ...http.http, refresh: '0 4 * * *' } }, launchPermissions: { public: true } })
  const version = (launchPermissions: object) => imageOf({ launchPermissions }, 'golden-20260101t0400z', { 'kumulus.dev/owner-uid': 'uid-golden' })
  t.is(namesIn([family, version({ public: true })]), undefined)
  t.deepEqual(namesIn([family, version({})]), [id('golden-20260101t0400z')])
})

test('an answer holds for what was asked and nothing else: another image of the name, a newer version, more disks', t => {
  const before = cache([captured], [snapshotOf('vol-1')])
  const yes: Access = { about: launchQuestion(launch, before)?.about ?? '', allowed: true }
  t.is(launchableImage(launch, before, yes)?.metadata.uid, 'uid-golden')
  for (const after of [cache([captured], [snapshotOf('vol-1', 'vol-2')]), cache([{ ...captured, metadata: meta('golden', 'uid-namesake') }])]) {
    t.is(mayLaunch(launch, after, yes), undefined)
    t.is(launchableImage(launch, after, yes), undefined)
  }
  t.is(launchableImage({ ...launch, namespace: 'team-b' }, before, yes), undefined)
  t.false(mayLaunch(launch, before, { ...yes, allowed: false }))
  t.is(mayLaunch(launch, before, { about: yes.about, failure: 'no answer' }), undefined)
})

test('whoever waits is told the same whether there is no such image or it isn\'t shared, and asks ever more rarely', t => {
  const refused = (images: object[], waited = 0) => launchRefusal({ about: launchQuestion(launch, cache(images))?.about ?? '', allowed: false }, launch, waited)
  t.deepEqual(refused([]), refused([imageOf()]))
  t.like(refused([]), { kind: 'waiting', reason: 'DependencyNotFound', after: 30_000 })
  t.like(refused([], 20 * 60_000), { after: 5 * 60_000 })
  t.like(refused([], 1e12), { after: 10 * 60_000 })
})

test('where roles can\'t be asked nothing is launched, and the reason says so', t => {
  t.like(launchRefusal({ about: '', failure: 'the API server did not answer' }, launch, 0), {
    kind: 'waiting', reason: 'SharingUnknown', after: 30_000,
    message: 'whether roles share Image "golden" of namespace "images" with namespace "team-a" can\'t be asked now, which is tried again: the API server did not answer',
  })
})
