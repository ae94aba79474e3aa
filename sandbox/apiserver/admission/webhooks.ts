import type { Clock } from '../../../operator/runtime/clock.ts'
import type { Admission, AdmissionAttributes } from '../core.ts'
import { forbidden, internalError } from '../errors.ts'
import { jsonPatch } from '../patch/json.ts'
import type { AnyObject } from '../resource.ts'
import { ask, type ResolveService } from './call.ts'
import { conditionsHold, isInterested, type NamespaceLabels } from './matching.ts'
import { admissionRequest, checkSideEffects, denied, failedCall, readReview, reviewBody, WebhookFailure } from './review.ts'
import type { AdmissionResponse, CallWebhook, Webhook, WebhookService } from './types.ts'
import { jsonEqual } from '../json-equal.ts'

export { createHttpsCaller } from './https.ts'
export type { CallWebhook, WebhookCall, WebhookService } from './types.ts'

export type WebhookAdmissionOptions = {
  clock: Clock
  /** The stored configurations, asked for each request. */
  configurations: () => { mutating: readonly AnyObject[]; validating: readonly AnyObject[] }
  namespaceLabels: NamespaceLabels
  resolveService: ResolveService
  /** {@link createHttpsCaller}'s `call`, or a function in a simulation. */
  call: CallWebhook
  /** `namespace/name` of a Service → who answers for it in this process, however others are called. */
  services?: ReadonlyMap<string, WebhookService> | undefined
  uuid: () => string
}

/** The admission chain of MutatingWebhookConfigurations and ValidatingWebhookConfigurations. */
export const createWebhookAdmission = (options: WebhookAdmissionOptions): Admission => ({
  mutate: (attributes) => mutate(options, attributes),
  validate: (attributes) => validate(options, attributes),
})

/** Configurations are asked in the order of their names, which is that of the storage, webhooks in the order they are written. */
const webhooksOf = (configurations: readonly AnyObject[]): Webhook[] => configurations.flatMap(({ webhooks }) => (webhooks ?? []) as Webhook[])

const mutate = async (options: WebhookAdmissionOptions, attributes: AdmissionAttributes): Promise<{ object: AnyObject; warnings: string[] }> => {
  const webhooks = webhooksOf(options.configurations().mutating)
  const warnings: string[] = []
  let object = attributes.object as AnyObject
  const again = new Set<Webhook>()
  const round = async (asked: readonly Webhook[]): Promise<void> => {
    const before = new Set<Webhook>()
    for (const webhook of asked) {
      const response = await consult(options, webhook, { ...attributes, object }, true)
      if (response === undefined) continue
      warnings.push(...(response.warnings ?? []))
      const next = patched(webhook, response, object)
      // Those asked earlier have not seen this change yet.
      if (!jsonEqual(next, object)) for (const earlier of before) again.add(earlier)
      object = next
      if (webhook.reinvocationPolicy === 'IfNeeded') before.add(webhook)
    }
  }
  await round(webhooks)
  if (again.size > 0) {
    const second = webhooks.filter((webhook) => again.has(webhook))
    await round(second)
  }
  return { object, warnings }
}

const validate = async (options: WebhookAdmissionOptions, attributes: AdmissionAttributes): Promise<string[]> => {
  const asked = webhooksOf(options.configurations().validating).map((webhook) => consult(options, webhook, attributes, false))
  const results = await Promise.allSettled(asked)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results.flatMap((result) => (result.status === 'fulfilled' ? (result.value?.warnings ?? []) : []))
}

/** A webhook's answer; undefined where it was not asked or its failure is ignored. Throws the refusal. */
const consult = async (
  options: WebhookAdmissionOptions,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  mutating: boolean,
): Promise<AdmissionResponse | undefined> => {
  if (!isInterested(webhook, attributes, options.namespaceLabels)) return undefined
  const request = admissionRequest(options.uuid(), attributes)
  const { object = null, oldObject = null } = attributes
  const conditions = conditionsHold(webhook, { object, oldObject, request })
  if ('error' in conditions) {
    if (webhook.failurePolicy === 'Ignore') return undefined
    throw forbidden(attributes.resource, attributes.name, conditions.error)
  }
  if (!conditions.holds) return undefined
  checkSideEffects(webhook, attributes.dryRun)
  try {
    const response = readReview(await ask(webhook, reviewBody(request), options), request.uid, mutating)
    if (response.allowed !== true) throw denied(webhook.name, response)
    return response
  } catch (error) {
    if (!(error instanceof WebhookFailure)) throw error
    if (webhook.failurePolicy === 'Ignore') return undefined
    throw failedCall(webhook.name, error)
  }
}

const patched = (webhook: Webhook, { patch }: AdmissionResponse, object: AnyObject): AnyObject => {
  if (!patch) return object
  try {
    return jsonPatch(object, JSON.parse(Buffer.from(patch, 'base64').toString('utf8'))) as AnyObject
  } catch (error) {
    throw internalError(`failed to apply the patch of webhook ${JSON.stringify(webhook.name)}: ${(error as Error).message}`)
  }
}
