import type { Disks } from '../../disks/disks.ts'
import type { Control } from '../control.ts'
import type { Claim } from '../csi/types.ts'
import { requestedBytes, volumeName } from '../csi/volume.ts'
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
      const restarts = present?.state === 'failed' ? present.restarts : 0
      states.set(uid, { state: 'running', percent: undefined, restarts })
      control.background(`fill ${uid}`, (signal) => run(control, disks, states, request, restarts, AbortSignal.any([signal, cancel.signal])))
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
  restarts: number,
  signal: AbortSignal,
): Promise<void> => {
  const { uid } = request.claim.metadata
  const onProgress = (percent: number) => {
    states.set(uid, { state: 'running', percent, restarts })
    control.enqueue('cdi-data-volumes', request.key)
  }
  try {
    await fill(control, disks, request, onProgress, signal)
    states.set(uid, { state: 'done', restarts })
    control.enqueue('cdi-data-volumes', request.key)
  } catch (error) {
    if (signal.aborted) return
    const message = (error as Error).message
    const fatal = /checksum/i.test(message)
    states.set(uid, { state: 'failed', message: fatal ? message : `Unable to connect to http data source: ${message}`, restarts: restarts + 1, fatal })
    control.enqueue('cdi-data-volumes', request.key)
    if (!fatal) control.enqueue('cdi-data-volumes', request.key, importBackOff(restarts + 1, control.timings.importBackOff))
  }
}

const fill = async (
  control: Control,
  disks: Disks,
  { claim, source, cloneFrom }: TransferRequest,
  onProgress: (percent: number) => void, signal: AbortSignal,
): Promise<void> => {
  const id = volumeName(claim)
  const size = requestedBytes(claim)
  if (cloneFrom !== undefined) return disks.clone(id, cloneFrom, size)
  if (source.http !== undefined) {
    const { url, checksum } = source.http
    const mayConnect = importerEgress(control.cache, claim.metadata.namespace ?? '')
    return disks.importHttp(id, { url, mayConnect, ...(checksum === undefined ? {} : { checksum }) }, size, onProgress, signal)
  }
  if (source.blank !== undefined) return disks.createBlank(id, size)
  throw new Error(`the sandbox imports from http and clones claims and snapshots, not from ${Object.keys(source).join(', ')}`)
}
