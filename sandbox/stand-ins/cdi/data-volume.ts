import { keyOf } from '../../../crds/kubernetes.ts'
import { ApiError } from '../../../operator/runtime/api-error.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { publishVolume } from '../csi/claims.ts'
import { isPlayed } from '../csi/drivers.ts'
import { provisioningFailed, type Room } from '../csi/room.ts'
import { requestedBytes } from '../csi/volume.ts'
import type { Claim, StorageClass } from '../csi/types.ts'
import { resources } from '../resources.ts'
import { selectedNodeAnnotation } from '../scheduling/scheduler.ts'
import { specs } from '../specs.ts'
import { buildClaim, immediateBinding } from './claim.ts'
import { dataVolumeStatus, type Problem } from './data-volume-status.ts'
import { dataVolumeEvent } from './events.ts'
import { isCopied, resolveSource, sourceOf, userOfSource } from './source.ts'
import type { ResolvedSource } from './source.ts'
import type { Transfers } from './transfers.ts'
import type { DataVolume, DataVolumePhase } from './types.ts'

/** CDI's DataVolumes: a claim, filled by an importer or a cloner, then bound. */
export const dataVolumeController = (control: Control, transfers: Transfers, room: Room): StandInController => ({
  name: 'cdi-data-volumes',
  watches: [
    watching(specs.dataVolumes, (dv, cache) => [keyOf(dv.metadata), ...(dv.status?.phase === 'Succeeded' ? clonesOf(keyOf(dv.metadata), cache) : [])]),
    watching(specs.claims, (claim, cache) => [keyOf(claim.metadata), ...clonesOf(keyOf(claim.metadata), cache)]),
    watching(specs.snapshots, (_, cache) => waiting(cache.of(specs.dataVolumes).list())),
    watching(specs.dataSources, (_, cache) => waiting(cache.of(specs.dataVolumes).list())),
    // Looked into when an importer connects.
    watching(specs.networkPolicies, () => []),
    watching(specs.storageProfiles, (_, cache) => waiting(cache.of(specs.dataVolumes).list())),
  ],
  reconcile: (key) => reconcile(control, { transfers, room }, key),
})

const waiting = (dataVolumes: Iterable<DataVolume>): string[] =>
  [...dataVolumes].filter(({ status }) => status?.phase !== 'Succeeded').map((dv) => keyOf(dv.metadata))

/** Unfinished ones that copy this claim. Waking every unfinished one at every claim's change would keep a launch of hundreds busy with itself. */
const clonesOf = (claim: string, cache: Control['cache']): string[] =>
  [...cache.of(specs.dataVolumes).list()].filter((dv) => dv.status?.phase !== 'Succeeded' && keyOfSource(dv, cache) === claim).map((dv) => keyOf(dv.metadata))

const keyOfSource = (dataVolume: DataVolume, cache: Control['cache']): string | undefined => {
  const pvc = sourceOf(cache, dataVolume)?.pvc
  return pvc === undefined ? undefined : `${pvc.namespace}/${pvc.name}`
}

/** What fills disks, and where they find room. */
type Means = { transfers: Transfers; room: Room }

const reconcile = async (control: Control, means: Means, key: string): Promise<number | undefined> => {
  const { transfers } = means
  const dataVolume = control.cache.of(specs.dataVolumes).get(key)
  const found = control.cache.of(specs.claims).get(key)
  if (dataVolume === undefined || dataVolume.metadata.deletionTimestamp !== undefined) {
    if (found !== undefined) transfers.cancel(found.metadata.uid)
    return undefined
  }
  const claim = found?.metadata.ownerReferences?.some(({ uid }) => uid === dataVolume.metadata.uid) === true ? found : undefined
  if (found !== undefined && claim === undefined) return foreignClaim(control, dataVolume, found)
  if (claim?.status?.phase === 'Bound') return write(control, transfers, dataVolume, claim, 'Succeeded')
  // A claim that was there and is gone is made again, as if nothing had been in it: containerized-data-importer v1.66.0, `handlePvcCreation`.
  const source = resolveSource(control, dataVolume)
  if (claim === undefined) return createClaim(control, transfers, dataVolume, source)
  return fill(control, means, dataVolume, claim, source)
}

const component = 'datavolume-import-controller'

/** A claim of the same name that isn't ours: adopted as it is when it is bound and the DataVolume says so, else an error. */
const foreignClaim = async (control: Control, dataVolume: DataVolume, claim: Claim): Promise<undefined> => {
  const message = `Resource "${claim.metadata.name}" already exists and is not managed by DataVolume`
  await control.event(dataVolume, component, 'Warning', 'ErrResourceExists', message)
}

const classOf = (control: Control, name: string | undefined): StorageClass | undefined => {
  if (name !== undefined) return control.cache.of(specs.storageClasses).get(name)
  const classes = [...control.cache.of(specs.storageClasses).list()]
  const marked = (annotation: string) => classes.find(({ metadata }) => metadata.annotations?.[annotation] === 'true')
  return marked('storageclass.kubevirt.io/is-default-virt-class') ?? marked('storageclass.kubernetes.io/is-default-class')
}

const createClaim = async (control: Control, transfers: Transfers, dataVolume: DataVolume, source: ResolvedSource): Promise<number | undefined> => {
  const bytes = source.kind === 'clone' ? source.bytes : undefined
  const spec = dataVolume.spec.storage ?? dataVolume.spec.pvc
  const storageClass = classOf(control, spec?.storageClassName)
  const profile = control.cache.of(specs.storageProfiles).get(storageClass?.metadata.name ?? '')
  if (source.kind === 'waiting') return wait(control, transfers, dataVolume, source)
  try {
    await control.create<Claim>(resources.claims, buildClaim({ dataVolume, source: source.source, storageClass, profile, sourceBytes: bytes }))
  } catch (error) {
    const overQuota = error instanceof ApiError && error.status === 403 && error.message.includes('exceeded quota')
    if (!(error instanceof Error) || (error instanceof ApiError && !overQuota)) throw error
    const problem = { reason: overQuota ? 'ErrExceededQuota' : 'ErrClaimNotValid', message: error.message }
    await control.event(dataVolume, component, 'Warning', problem.reason, problem.message)
    await write(control, transfers, dataVolume, undefined, '', problem)
    return 5000
  }
  await write(control, transfers, dataVolume, undefined, 'Pending')
  return 0
}

const wait = async (control: Control, transfers: Transfers, dataVolume: DataVolume, source: Extract<ResolvedSource, { kind: 'waiting' }>): Promise<number> => {
  await control.event(dataVolume, 'datavolume-pvc-clone-controller', 'Warning', source.reason, source.message)
  await write(control, transfers, dataVolume, undefined, source.reason === 'NotFound' ? 'Pending' : 'CloneScheduled')
  return 10_000
}

const fill = async (
  control: Control,
  { transfers, room }: Means,
  dataVolume: DataVolume,
  claim: Claim,
  source: ResolvedSource,
): Promise<number | undefined> => {
  const storageClass = classOf(control, claim.spec.storageClassName)
  if (storageClass === undefined || !isPlayed(storageClass.provisioner)) return write(control, transfers, dataVolume, claim, 'Pending')
  if (waitsForConsumer(claim, storageClass)) return write(control, transfers, dataVolume, claim, 'PendingPopulation')
  const transfer = transfers.of(claim)
  if (transfer?.state === 'done') {
    await publishVolume(control, claim, storageClass)
    return write(control, transfers, dataVolume, claim, source.kind === 'import' ? 'ImportInProgress' : 'RebindInProgress')
  }
  if (source.kind === 'waiting') return wait(control, transfers, dataVolume, source)
  const tooSmall = source.kind === 'clone' && requestedBytes(claim) < source.bytes
  if (tooSmall) {
    const message = "The clone doesn't meet the validation requirements: target resources requests storage size is smaller than the source"
    await control.event(dataVolume, 'datavolume-pvc-clone-controller', 'Warning', 'CloneValidationFailed', message)
    return write(control, transfers, dataVolume, claim, 'CloneScheduled')
  }
  const copied = source.kind === 'clone' && isCopied(control, claim, storageClass, source)
  const request = { key: keyOf(dataVolume.metadata), claim, source: source.source, cloneFrom: source.kind === 'clone' ? source.from : undefined, copied }
  const problem = room.take(claim, storageClass, requestedBytes(claim))
  if (problem !== undefined) return unprovisioned(control, transfers, dataVolume, request, provisioningFailed(storageClass, problem))
  const user = copied && transfer === undefined ? userOfSource(control, source.source) : undefined
  if (user !== undefined) return awaitSource(control, transfers, dataVolume, { ...request, user })
  return step(control, transfers, dataVolume, request)
}

/** Milliseconds after which is tried again what has failed. */
const RETRY = 5000

/**
 * CDI fills a claim of its own, and hands the volume over. What the provisioner says of that one is told of the claim that everybody looks at.
 * Source: containerized-data-importer v1.66.0, pkg/controller/common/util.go, `CopyEvents` and `UpdatePVCBoundConditionFromEvents`.
 */
const unprovisioned = async (control: Control, transfers: Transfers, dataVolume: DataVolume, request: Request, why: string): Promise<number> => {
  const { claim } = request
  const problem = { reason: 'ProvisioningFailed', message: `[prime-${claim.metadata.uid}] : ${why}` }
  await control.event(claim, request.cloneFrom === undefined ? 'import-populator' : 'clone-populator', 'Warning', problem.reason, problem.message)
  await write(control, transfers, dataVolume, claim, request.cloneFrom === undefined ? 'ImportScheduled' : inProgress(request), problem)
  return RETRY
}

const awaitSource = async (control: Control, transfers: Transfers, dataVolume: DataVolume, request: Request & { user: string }): Promise<number> => {
  const { claim, source: { pvc }, user } = request
  const message = `pod ${pvc?.namespace}/${user} using PersistentVolumeClaim ${pvc?.name}`
  await control.event(claim, 'clone-controller', 'Warning', 'CloneSourceInUse', message)
  await write(control, transfers, dataVolume, claim, 'CloneInProgress')
  return RETRY
}

const waitsForConsumer = (claim: Claim, { volumeBindingMode }: StorageClass): boolean =>
  volumeBindingMode === 'WaitForFirstConsumer' &&
  claim.metadata.annotations?.[selectedNodeAnnotation] === undefined &&
  claim.metadata.annotations?.[immediateBinding] === undefined

type Request = Parameters<Transfers['start']>[0]

/** Scheduled → at work → (failed, and after its back-off at work again) → done. */
const step = async (control: Control, transfers: Transfers, dataVolume: DataVolume, request: Request): Promise<number | undefined> => {
  const { claim } = request
  const clones = request.cloneFrom !== undefined
  const transfer = transfers.of(claim)
  if (transfer === undefined) {
    transfers.schedule(request)
    await write(control, transfers, dataVolume, claim, clones ? 'CloneScheduled' : 'ImportScheduled')
    return 0
  }
  if (transfer.state === 'failed') {
    await write(control, transfers, dataVolume, claim, transfer.fatal ? 'Failed' : 'ImportInProgress')
    return transfer.fatal ? undefined : retry(control, transfers, request, transfer.tries)
  }
  if (transfer.state === 'scheduled') {
    const left = control.delay(`import ${claim.metadata.uid}`, clones ? control.timings.clone : control.timings.importerStart)
    if (left > 0) return left
    transfers.start(request)
  }
  await write(control, transfers, dataVolume, claim, inProgress(request))
  return undefined
}

const retry = (control: Control, transfers: Transfers, request: Request, tries: number): number | undefined => {
  const first = control.timings.importBackOff
  const left = control.delay(`retry ${tries} ${request.claim.metadata.uid}`, Math.min(first * 2 ** (tries - 1), 300_000))
  if (left > 0) return left
  transfers.start(request)
  return 0
}

/** A claim is cloned by way of a snapshot, as CDI does where the storage class has snapshots, and copied by pods where it hasn't. */
const inProgress = ({ cloneFrom, source, copied }: Request): DataVolumePhase => {
  if (cloneFrom === undefined) return 'ImportInProgress'
  if (copied) return 'CloneInProgress'
  return source.pvc === undefined ? 'CloneFromSnapshotSourceInProgress' : 'SnapshotForSmartCloneInProgress'
}

const write = async (
  control: Control,
  transfers: Transfers,
  dataVolume: DataVolume,
  claim: Claim | undefined,
  phase: DataVolumePhase,
  problem?: Problem,
): Promise<undefined> => {
  const transfer = claim === undefined ? undefined : transfers.of(claim)
  const live = control.cache.of(specs.dataVolumes).get(keyOf(dataVolume.metadata)) ?? dataVolume
  const status = dataVolumeStatus({ dataVolume: live, claim, phase, transfer, problem, now: control.now() })
  const changed = live.status?.phase !== phase
  await control.patchStatus(resources.dataVolumes, live, status)
  const event = dataVolumeEvent(live, phase, transfer)
  if (event !== undefined && (changed || event.type === 'Warning')) await control.event(live, component, event.type, event.reason, event.message)
}
