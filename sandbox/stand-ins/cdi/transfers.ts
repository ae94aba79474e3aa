import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Disks, ImageSource, S3Credentials } from '../../disks/disks.ts'
import type { Control } from '../control.ts'
import type { Claim } from '../csi/types.ts'
import { isShared, requestedBytes, volumeName } from '../csi/volume.ts'
import { resources } from '../resources.ts'
import { importBackOff } from './data-volume-status.ts'
import { importerEgress } from './egress.ts'
import type { Transfer } from './data-volume-status.ts'
import type { DataVolumeSource } from './types.ts'

export type TransferRequest = {
  /** Key of the DataVolume, to look at it again. */
  key: string
  claim: Claim
  source: DataVolumeSource
  /** Disk or snapshot that a clone copies. */
  cloneFrom: string | undefined
  /** The bytes of it go through pods of CDI. */
  copied: boolean
}

/** Importers and cloners at work, by the UID of the claim that they fill. They begin anew after a restart, as pods would. */
export type Transfers = {
  of: (claim: Claim) => Transfer | undefined
  schedule: (request: TransferRequest) => void
  start: (request: TransferRequest) => void
  /** Ends the work of a claim that is gone. */
  cancel: (uid: string) => void
}

export const createTransfers = (control: Control, disks: Disks): Transfers => {
  const states = new Map<string, Transfer>()
  const cancels = new Map<string, AbortController>()
  return {
    of: ({ metadata: { uid } }) => states.get(uid),
    schedule: ({ claim }) => void states.set(claim.metadata.uid, states.get(claim.metadata.uid) ?? { state: 'scheduled' }),
    start: (request) => {
      const { uid } = request.claim.metadata
      const present = states.get(uid)
      if (present?.state === 'running' || present?.state === 'done') return
      const cancel = new AbortController()
      cancels.set(uid, cancel)
      const before = present?.state === 'failed' ? { restarts: present.restarts, tries: present.tries } : { restarts: 0, tries: 0 }
      // One whose container can't begin stays as it is until it has.
      if (present?.state !== 'failed' || present.reason !== configError) states.set(uid, { state: 'running', percent: undefined, ...before })
      control.background(`fill ${uid}`, (signal) => run(control, disks, states, request, before, AbortSignal.any([signal, cancel.signal])))
    },
    cancel: (uid) => {
      cancels.get(uid)?.abort(new Error('the DataVolume was deleted'))
      cancels.delete(uid)
      states.delete(uid)
    },
  }
}

const run = async (
  control: Control,
  disks: Disks,
  states: Map<string, Transfer>,
  request: TransferRequest,
  before: { restarts: number; tries: number },
  signal: AbortSignal,
): Promise<void> => {
  const { restarts, tries } = before
  const { uid } = request.claim.metadata
  const onProgress = (percent: number) => {
    states.set(uid, { state: 'running', percent, ...before })
    control.enqueue('cdi-data-volumes', request.key)
  }
  const onBegin = () => {
    if (states.get(uid)?.state === 'failed') states.set(uid, { state: 'running', percent: undefined, ...before })
  }
  try {
    await fill(control, disks, request, { onBegin, onProgress, signal })
    states.set(uid, { state: 'done', restarts })
    control.enqueue('cdi-data-volumes', request.key)
  } catch (error) {
    if (signal.aborted) return
    const { message } = error as Error
    const fatal = message.startsWith('checksum mismatch')
    const { reason = 'Error', said = `Unable to process data: ${message}` } = error instanceof NotStarted ? { reason: error.reason, said: message }
      : message.startsWith('Unable to connect') ? { said: message } : fatal ? { reason: 'ChecksumError' } : {}
    states.set(uid, { state: 'failed', reason, message: said, restarts: error instanceof NotStarted ? restarts : restarts + 1, tries: tries + 1, fatal })
    control.enqueue('cdi-data-volumes', request.key)
    if (!fatal) control.enqueue('cdi-data-volumes', request.key, importBackOff(tries + 1, control.timings.importBackOff))
  }
}

const fill = async (
  control: Control,
  disks: Disks,
  { claim, source, cloneFrom, copied }: TransferRequest,
  { onBegin, onProgress, signal }: { onBegin: () => void; onProgress: (percent: number) => void; signal: AbortSignal },
): Promise<void> => {
  const id = volumeName(claim)
  const size = requestedBytes(claim)
  if (cloneFrom !== undefined) return copied ? disks.copy(id, cloneFrom, size, onProgress, signal) : disks.clone(id, cloneFrom, size, isShared(claim))
  const image = await imageSource(control, claim, source)
  onBegin()
  if (image !== undefined) return disks.importImage(id, image, size, onProgress, signal)
  if (source.blank !== undefined) return disks.createBlank(id, size, isShared(claim))
  throw new Error(`the sandbox imports from http, s3 and registries and clones claims and snapshots, not from ${Object.keys(source).join(', ')}`)
}

const configError = 'CreateContainerConfigError'

/** The importer's pod could not begin: said as the kubelet says it. */
class NotStarted extends Error {
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What the importer's pod is told: which container image or object, with what credentials. Undefined where nothing is fetched. */
const imageSource = async (control: Control, claim: Claim, { http, registry, s3 }: DataVolumeSource): Promise<ImageSource | undefined> => {
  const { namespace = '' } = claim.metadata
  const mayConnect = importerEgress(control.cache, namespace)
  if (http !== undefined) return { url: http.url, mayConnect, ...http.checksum === undefined ? {} : { checksum: http.checksum } }
  if (registry?.url !== undefined) {
    const architecture = registry.platform?.architecture
    return { url: registry.url, mayConnect, ...architecture === undefined ? {} : { architecture } }
  }
  return s3 === undefined ? undefined : { url: s3.url, mayConnect, credentials: await credentialsOf(control, namespace, s3.secretRef ?? '') }
}

const credentialsOf = async (control: Control, namespace: string, name: string): Promise<S3Credentials> => {
  const { items: [secret] } = await control.client.list<Secret>(resources.secrets, { namespace, fieldSelector: `metadata.name=${name}` })
  if (secret === undefined) throw new NotStarted(configError, `secret "${name}" not found`)
  const valueOf = (key: string): string => {
    const value = secret.data?.[key]
    if (value === undefined) throw new NotStarted(configError, `couldn't find key ${key} in Secret ${namespace}/${name}`)
    return Buffer.from(value, 'base64').toString('utf8')
  }
  return { accessKeyId: valueOf('accessKeyId'), secretKey: valueOf('secretKey'), time: control.clock.now() }
}

type Secret = KubeObject & { data?: Record<string, string> }
