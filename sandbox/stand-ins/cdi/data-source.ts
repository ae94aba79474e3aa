import { keyOf } from '../../../crds/kubernetes.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { driver, isPlayed } from '../csi/drivers.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import type { DataSource, DataSourceCondition } from './types.ts'

/** CDI's DataSources: Ready when what they name can be cloned. */
export const dataSourceController = (control: Control): StandInController => ({
  name: 'cdi-data-sources',
  watches: [
    watching(specs.dataSources, (source) => [keyOf(source.metadata)]),
    watching(specs.claims, (_, cache) => [...cache.of(specs.dataSources).list()].map((source) => keyOf(source.metadata))),
    watching(specs.dataVolumes, (_, cache) => [...cache.of(specs.dataSources).list()].map((source) => keyOf(source.metadata))),
    watching(specs.snapshots, (_, cache) => [...cache.of(specs.dataSources).list()].map((source) => keyOf(source.metadata))),
  ],
  reconcile: async (key) => {
    const dataSource = control.cache.of(specs.dataSources).get(key)
    if (dataSource === undefined || dataSource.metadata.deletionTimestamp !== undefined) return undefined
    const draft = readiness(control, dataSource)
    const old = dataSource.status?.conditions?.find(({ type }) => type === 'Ready')
    const same = old?.status === draft.status && old.reason === draft.reason && old.message === draft.message
    const now = control.now()
    const times = { lastHeartbeatTime: now, lastTransitionTime: old?.status === draft.status ? (old.lastTransitionTime ?? now) : now }
    const condition = same ? old : { ...draft, ...times }
    await control.patchStatus(resources.dataSources, dataSource, { ...dataSource.status, source: dataSource.spec.source, conditions: [condition] })
    return undefined
  },
})

const readiness = (control: Control, { spec: { source } }: DataSource): DataSourceCondition => {
  const no = (reason: string, message: string): DataSourceCondition => ({ type: 'Ready', status: 'False', reason, message })
  const yes: DataSourceCondition = { type: 'Ready', status: 'True', reason: 'Ready', message: 'DataSource is ready to be consumed' }
  if (source.snapshot !== undefined) {
    const snapshot = control.cache.of(specs.snapshots).get(`${source.snapshot.namespace}/${source.snapshot.name}`)
    if (snapshot === undefined) return no('NotFound', 'Snapshot not found')
    return snapshot.status?.readyToUse === true ? yes : no('SnapshotNotReady', 'Snapshot phase is not ready')
  }
  if (source.pvc === undefined) return no('NoSource', 'No source PVC or Snapshot is set')
  const key = `${source.pvc.namespace}/${source.pvc.name}`
  const dataVolume = control.cache.of(specs.dataVolumes).get(key)
  if (dataVolume !== undefined && dataVolume.status?.phase !== 'Succeeded') return no(dataVolume.status?.phase ?? 'Pending', `Import DataVolume phase ${dataVolume.status?.phase ?? ''}`)
  return control.cache.of(specs.claims).get(key) === undefined ? no('NotFound', 'PVC not found') : yes
}

/** What CDI knows of each storage class: how its claims look and how it clones. */
export const storageProfileController = (control: Control): StandInController => ({
  name: 'cdi-storage-profiles',
  watches: [watching(specs.storageClasses, ({ metadata }) => [metadata.name]), watching(specs.storageProfiles, ({ metadata }) => [metadata.name])],
  reconcile: async (key) => {
    const storageClass = control.cache.of(specs.storageClasses).get(key)
    const profile = control.cache.of(specs.storageProfiles).get(key)
    if (storageClass === undefined) {
      if (profile !== undefined) await control.remove(resources.storageProfiles, profile)
      return undefined
    }
    if (profile === undefined) {
      const metadata = { name: key, labels: { app: 'containerized-data-importer', 'cdi.kubevirt.io': '' } }
      await control.create(resources.storageProfiles, { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'StorageProfile', metadata, spec: {} })
      return 0
    }
    const own = isPlayed(storageClass.provisioner)
    // Where there is no VolumeSnapshotClass of its provisioner, what is cloned is copied.
    const cloneStrategy = storageClass.provisioner === driver ? 'snapshot' : 'copy'
    await control.patchStatus(resources.storageProfiles, profile, {
      ...profile.status,
      storageClass: key,
      provisioner: storageClass.provisioner,
      ...(own ? { claimPropertySets: [{ accessModes: ['ReadWriteOnce'], volumeMode: 'Block' }], cloneStrategy, dataImportCronSourceFormat: 'pvc' } : {}),
    })
    return undefined
  },
})
