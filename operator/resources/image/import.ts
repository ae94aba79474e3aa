import type { Image } from '../../../crds/v1alpha1/image.ts'
import { buildDataSource } from '../../providers/cdi/data-source.ts'
import { buildDataVolume, type DataVolumeSource } from '../../providers/cdi/data-volume.ts'
import { dataVolumeResource } from '../../providers/cdi/resources.ts'
import { buildVolumeSnapshot } from '../../providers/csi/volume-snapshot.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, readyFor, waiting } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { notFound } from '../waiting-for.ts'
import { isOfSnapshot } from './capture.ts'
import type { ImageFacts } from './observe.ts'

type Context = StepContext<Image, ImageFacts>

/** Asked again of every pass until the import is over: the door may have been open. */
export const checkSource = ({ facts }: Context): Outcome =>
  facts.violations.length === 0 || isImported(facts) ? ready : blocked('SourceNotAllowed', facts.violations.join('; '))

/**
 * One import an image, ever: the source is immutable, so a corrected one is a new Image. CDI itself tries a failing transfer again, with back-off;
 * one that it has given up is thrown away after a while and begun anew.
 */
export const ensureImport = ({ defaultVolumeType }: OperatorSettings) => async ({ object, facts, apply, remove, now }: Context): Promise<Outcome> => {
  const { dataVolume } = facts
  if (isOfSnapshot(object) || isImported(facts)) return ready
  if (dataVolume === undefined) {
    if (facts.storageClassName === undefined) return notFound('VolumeType', defaultVolumeType, undefined)
    await apply(buildImport(object, facts))
    return waiting('Importing', `${facts.id} is being imported`)
  }
  const { phase, unprovisioned } = dataVolume.status
  const failure = dataVolume.status.failure ?? unprovisioned
  if (failure === undefined) return waiting('Importing', `${facts.id} is being imported`)
  if (phase === 'Failed') {
    const rest = Date.parse(dataVolume.metadata.creationTimestamp ?? '') + retryAfterMs - now
    if (rest > 0) return waiting('ImportFailed', wordsFor(failure), rest)
    await remove(dataVolumeResource, dataVolume)
  }
  return waiting('ImportFailed', wordsFor(failure))
}

/** Cloning a snapshot is quick where cloning a claim copies; where the storage can't, the claim does. */
export const ensureSnapshot = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  if (isOfSnapshot(object) || (facts.snapshotClass === undefined && facts.snapshot === undefined)) return ready
  if (facts.snapshot === undefined) await apply(buildImageSnapshot(object, facts))
  if (facts.snapshot?.status.error !== undefined) return waiting('Importing', `the snapshot that clones are made from fails: ${facts.snapshot.status.error}`)
  // Cloning a snapshot that isn't ready hangs (containerized-data-importer#4061).
  return facts.snapshot?.status.readyToUse === true ? ready : waiting('Importing', `${facts.id} is being imported`)
}

export const ensureDataSource = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  await apply(buildImageSource(object, facts))
  return facts.dataSource?.status.ready === true ? ready : waiting('Importing', `${facts.id} is being imported`)
}

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event, now }: Context): Outcome => {
  if (object.status?.state !== 'available') event('Normal', 'Available', `${facts.id} is available`)
  const rest = Date.parse(object.spec.deprecationTime ?? '') - now
  return readyFor(rest > 0 ? Math.min(rest, longestTimerMs) : undefined)
}

/** Timers can't be set for longer than some 24 days. */
const longestTimerMs = 86_400_000

export const buildImport = ({ metadata, spec }: Image, { id, storageClassName }: Pick<ImageFacts, 'id' | 'storageClassName'>) => buildDataVolume({
  name: id,
  namespace: metadata.namespace ?? '',
  source: importSource(spec),
  size: spec.minSize ?? defaultSize,
  ...storageClassName === undefined ? {} : { storageClassName },
  // No machine will ever mount it: storage that waits for a first consumer would wait for ever.
  bindImmediately: true,
})

const importSource = ({ source: { http, registry, s3 }, architecture }: Image['spec']): DataVolumeSource => {
  if (registry !== undefined) return { registry: { url: registry.url, platform: { architecture: architecture === 'arm64' ? 'arm64' : 'amd64' } } }
  if (s3 !== undefined) return { s3: { url: s3.url, secretRef: s3.secretRef.name } }
  if (http === undefined) throw new Error('a step before this one lets no other source through')
  return { http: { url: http.url, ...http.checksum === undefined ? {} : { checksum: http.checksum } } }
}

export const buildImageSnapshot = ({ metadata }: Image, { id, snapshotClass }: ImageFacts) =>
  buildVolumeSnapshot({ name: id, namespace: metadata.namespace ?? '', claim: id, snapshotClass: snapshotClass ?? '' })

export const buildImageSource = ({ metadata }: Image, { id, snapshot, kept }: Pick<ImageFacts, 'id' | 'snapshot' | 'kept'>) => {
  const name = kept?.volumeSnapshot?.metadata.name ?? snapshot?.metadata.name
  return buildDataSource({ name: id, namespace: metadata.namespace ?? '', of: name === undefined ? { claim: id } : { snapshot: name } })
}

/**
 * A snapshot that can be cloned needs neither its DataVolume nor its claim any longer. A claim alone is full only where CDI has tidied the finished
 * DataVolume away: one that still goes with its DataVolume may have been filled in part when that was deleted.
 */
export const isImported = ({ dataVolume, claim, snapshot }: ImageFacts): boolean =>
  snapshot?.status.readyToUse === true || dataVolume?.status.phase === 'Succeeded' ||
  (dataVolume === undefined && claim?.status.phase === 'Bound' && claim.metadata.deletionTimestamp === undefined && claim.spec.ofDataVolume !== true)

/** Room for an image whose size nobody has said: what Debian's and Ubuntu's cloud images unpack to, with some to spare. */
const defaultSize = '10Gi'

const retryAfterMs = 5 * 60_000

const wordsFor = (failure: string): string =>
  `the import fails and is tried again: ${failure.slice(0, 900)}; ${waysOut.find(([about]) => about.test(failure))?.[1] ?? 'if the source is wrong, create a new Image with the right one'}`

/** By what CDI says. Source: containerized-data-importer v1.66.0, pkg/image/qemu.go, pkg/importer/checksum.go, pkg/controller/datavolume/util.go. */
const waysOut: readonly [RegExp, string][] = [
  [/larger PVC is required|no space left/i, 'create a new Image whose minSize has room for the disk that the file unpacks to'],
  [/checksum mismatch/, 'the file is not the one that was meant: create a new Image with the checksum that its publisher gives, or with a dated url'],
  [/ResourceExhausted|failed to provision volume|infeasible error/, 'ask the platform team: the storage that images are kept in has no room, or makes no volumes'],
  [/^no claim can be made/, 'ask the platform team: CDI does not know how the storage of images is used (see the StorageProfile of its StorageClass)'],
  [/secret "|in Secret /, 'create the Secret that source.s3.secretRef names, with the keys accessKeyId and secretKey'],
  [/architecture/, 'if it is of another architecture, create a new Image that says so'],
  [/i\/o timeout|no route to host|connection refused/, 'if the address is inside the platform, have the platform team allow this source; else create a new Image with one that answers'],
]
