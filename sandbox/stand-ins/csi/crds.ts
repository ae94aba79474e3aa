import { age, anything, crd, names, open, text } from '../crds.ts'

const group = 'snapshot.storage.k8s.io'
const version = 'v1'
const approved = 'https://github.com/kubernetes-csi/external-snapshotter/pull/814'
const deletionPolicy = { type: 'string' as const, enum: ['Delete', 'Retain'] }

/** The kinds of external-snapshotter 8. */
export const snapshotCrds = [
  crd({
    group, version, approved, kind: 'VolumeSnapshot', plural: 'volumesnapshots', shortNames: ['vs'], status: true,
    columns: [
      { name: 'ReadyToUse', type: 'boolean', jsonPath: '.status.readyToUse' },
      { name: 'SourcePVC', type: 'string', jsonPath: '.spec.source.persistentVolumeClaimName' },
      { name: 'SourceSnapshotContent', type: 'string', jsonPath: '.spec.source.volumeSnapshotContentName' },
      { name: 'RestoreSize', type: 'string', jsonPath: '.status.restoreSize' },
      { name: 'SnapshotClass', type: 'string', jsonPath: '.spec.volumeSnapshotClassName' },
      { name: 'SnapshotContent', type: 'string', jsonPath: '.status.boundVolumeSnapshotContentName' },
      { name: 'CreationTime', type: 'date', jsonPath: '.status.creationTime' },
      age,
    ],
    schema: {
      required: ['spec'],
      properties: {
        spec: open({ source: open({ persistentVolumeClaimName: text, volumeSnapshotContentName: text }), volumeSnapshotClassName: text }, ['source']),
      },
    },
  }),
  crd({
    group, version, approved, kind: 'VolumeSnapshotContent', plural: 'volumesnapshotcontents', cluster: true, shortNames: ['vsc', 'vscs'], status: true,
    columns: [
      { name: 'ReadyToUse', type: 'boolean', jsonPath: '.status.readyToUse' },
      { name: 'RestoreSize', type: 'integer', jsonPath: '.status.restoreSize' },
      { name: 'DeletionPolicy', type: 'string', jsonPath: '.spec.deletionPolicy' },
      { name: 'Driver', type: 'string', jsonPath: '.spec.driver' },
      { name: 'VolumeSnapshotClass', type: 'string', jsonPath: '.spec.volumeSnapshotClassName' },
      { name: 'VolumeSnapshot', type: 'string', jsonPath: '.spec.volumeSnapshotRef.name' },
      { name: 'VolumeSnapshotNamespace', type: 'string', jsonPath: '.spec.volumeSnapshotRef.namespace' },
      age,
    ],
    schema: { required: ['spec'], properties: { spec: open({ deletionPolicy, driver: text, source: anything, volumeSnapshotRef: anything }, ['deletionPolicy', 'driver', 'source', 'volumeSnapshotRef']) } },
  }),
  crd({
    group, version, approved, kind: 'VolumeSnapshotClass', plural: 'volumesnapshotclasses', cluster: true, shortNames: ['vsclass', 'vsclasses'],
    columns: [{ name: 'Driver', type: 'string', jsonPath: '.driver' }, { name: 'DeletionPolicy', type: 'string', jsonPath: '.deletionPolicy' }, age],
    schema: { required: ['deletionPolicy', 'driver'], properties: { driver: text, deletionPolicy, parameters: names } },
  }),
]
