import type { KubeObject } from '../crds/kubernetes.ts'
import { deletionViolationsOf, violationsOf } from './verdicts/index.ts'
import type { View, Violation } from './verdicts/index.ts'

/** The fields of `admission.k8s.io/v1` AdmissionRequest that are read. */
export type AdmissionRequest = {
  uid: string
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  object?: Judged | null
  oldObject?: Judged | null
  dryRun?: boolean
  userInfo?: { username?: string; groups?: string[]; uid?: string; extra?: Record<string, string[]> }
}

export type AdmissionResponse = {
  uid: string
  allowed: boolean
  warnings?: string[]
  patchType?: 'JSONPatch'
  patch?: string
  status?: { code: number; reason: string; message: string; details?: Details }
}

type Details = { group: string; kind: string; name: string; causes: { field: string; message: string; reason: string }[] }

type Judged = KubeObject & { spec: object }

/** Judges one request. Pure; every violation is in the message, each with its field. */
export const validate = (request: AdmissionRequest, view: View): AdmissionResponse => {
  const { uid, operation, object, oldObject } = request
  if (operation === 'DELETE') return oldObject ? answer(uid, oldObject, deletionViolationsOf(oldObject, view), 403, 'Forbidden') : { uid, allowed: true }
  if (!object) return { uid, allowed: true }
  const response = answer(uid, object, violationsOf(object, oldObject ?? undefined, view), 422, 'Invalid')
  const warnings = warningsOf(object, view)
  return warnings.length === 0 ? response : { ...response, warnings }
}

/**
 * Adds the kind's finalizer to a new object, which saves the controller a write. Nothing else is filled in: what the CRD does not default is
 * decided at reconcile and shown in the status, where no GitOps tool takes it for drift.
 */
export const mutate = (request: AdmissionRequest, finalizers: Readonly<Record<string, string>>): AdmissionResponse => {
  const { uid, operation, object } = request
  const finalizer = object ? finalizers[object.kind] : undefined
  const present = object?.metadata.finalizers
  if (operation !== 'CREATE' || finalizer === undefined || present?.includes(finalizer) === true) return { uid, allowed: true }
  const add = present === undefined || present === null
    ? { op: 'add', path: '/metadata/finalizers', value: [finalizer] }
    : { op: 'add', path: '/metadata/finalizers/-', value: finalizer }
  return { uid, allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify([add])).toString('base64') }
}

const answer = (uid: string, { kind, metadata }: Judged, violations: readonly Violation[], code: number, reason: string): AdmissionResponse => {
  if (violations.length === 0) return { uid, allowed: true }
  const message = violations.map(({ field, message }) => `${field}: ${message}`).join('; ')
  const causes = violations.map((violation) => ({ field: violation.field, message: violation.message, reason: violation.reason ?? 'FieldValueInvalid' }))
  return { uid, allowed: false, status: { code, reason, message, details: { group: 'kumulus.dev', kind, name: metadata.name ?? '', causes } } }
}

/** What is allowed but will not be for ever. */
const warningsOf = (object: Judged, view: View): string[] => {
  if (object.kind !== 'Instance') return []
  const { instanceType } = object.spec as { instanceType?: string }
  const type = instanceType === undefined ? undefined : view.getInstanceType(instanceType)
  return type?.spec.state === 'Deprecated' ? [`spec.instanceType: ${instanceType} is deprecated; choose a newer InstanceType (kubectl get instancetypes)`] : []
}
