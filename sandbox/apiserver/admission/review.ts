import type { AdmissionAttributes } from '../core.ts'
import { badRequest, internalError, StatusError } from '../errors.ts'
import type { AdmissionResponse, Webhook } from './types.ts'

/** The request inside an AdmissionReview. */
export type AdmissionRequest = Record<string, unknown> & { uid: string }

/** A webhook could not be asked or gave no proper answer: its failurePolicy decides what that means. */
export class WebhookFailure extends Error {}

export const admissionRequest = (uid: string, attributes: AdmissionAttributes): AdmissionRequest => {
  const { resource, operation, subresource, namespace, name, object, oldObject, options, user, dryRun } = attributes
  const kind = { group: resource.group, version: resource.version, kind: resource.kind }
  const plural = { group: resource.group, version: resource.version, resource: resource.plural }
  return {
    uid,
    kind,
    resource: plural,
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kind,
    requestResource: plural,
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    name,
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: user,
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun,
    options,
  }
}

export const reviewBody = (request: AdmissionRequest): string =>
  JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request })

/** Reads and checks an AdmissionReview that came back. Throws {@link WebhookFailure}. */
export const readReview = (body: string, uid: string, mutating: boolean): AdmissionResponse => {
  let review: { kind?: string; apiVersion?: string; response?: AdmissionResponse }
  try {
    review = JSON.parse(body) as typeof review
  } catch (error) {
    throw new WebhookFailure(`failed to call webhook: ${(error as Error).message}`)
  }
  const { response } = review
  if (response === undefined || response === null) throw invalid('webhook response was absent')
  if (response.uid !== uid) throw invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`)
  const kind = `${review.apiVersion ?? ''}, Kind=${review.kind ?? ''}`
  if (kind !== 'admission.k8s.io/v1, Kind=AdmissionReview') {
    throw invalid(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${kind}`)
  }
  checkPatch(response, mutating)
  return response
}

const checkPatch = ({ patch, patchType }: AdmissionResponse, mutating: boolean): void => {
  if (!mutating) {
    if (patch) throw invalid('validating webhook may not return response.patch')
    if (patchType) throw invalid('validating webhook may not return response.patchType')
    return
  }
  if (patch && !patchType) throw invalid('webhook returned response.patch but not response.patchType')
  if (patchType && !patch) throw invalid('webhook returned response.patchType but not response.patch')
  if (patchType && patchType !== 'JSONPatch') throw invalid(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`)
}

const invalid = (message: string): WebhookFailure => new WebhookFailure(`received invalid webhook response: ${message}`)

/** The refusal of a webhook, in the words of the API server. */
export const denied = (name: string, { status }: AdmissionResponse): StatusError => {
  const reason = status?.message || status?.reason
  const message = `admission webhook ${JSON.stringify(name)} denied the request${reason ? `: ${reason}` : ' without explanation'}`
  const code = status?.code ?? 0
  return new StatusError(code < 400 ? 400 : code, status?.reason ?? '', message, status?.details)
}

export const failedCall = (name: string, failure: WebhookFailure): StatusError =>
  internalError(`failed calling webhook ${JSON.stringify(name)}: ${failure.message}`)

/** A dry run must not reach a webhook that might do something. */
export const checkSideEffects = (webhook: Webhook, dryRun: boolean): void => {
  if (!dryRun || webhook.sideEffects === 'None' || webhook.sideEffects === 'NoneOnDryRun') return
  throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`)
}
