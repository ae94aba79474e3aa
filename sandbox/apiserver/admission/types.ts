import type { LabelSelector } from '../label-selector.ts'
import type { Cause } from '../resource.ts'

export type WebhookRule = { operations: string[]; apiGroups: string[]; apiVersions: string[]; resources: string[]; scope?: string }

export type ClientConfig = {
  url?: string
  service?: { namespace: string; name: string; path?: string; port?: number }
  /** Base64 of PEM certificates. */
  caBundle?: string
}

/** One webhook of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration. */
export type Webhook = {
  name: string
  clientConfig: ClientConfig
  rules?: WebhookRule[]
  failurePolicy?: 'Fail' | 'Ignore'
  matchPolicy?: 'Exact' | 'Equivalent'
  namespaceSelector?: LabelSelector
  objectSelector?: LabelSelector
  sideEffects?: string
  timeoutSeconds?: number
  admissionReviewVersions?: string[]
  matchConditions?: { name: string; expression: string }[]
  reinvocationPolicy?: 'Never' | 'IfNeeded'
}

/** The answer inside an AdmissionReview. */
export type AdmissionResponse = {
  uid?: string
  allowed?: boolean
  status?: { code?: number; message?: string; reason?: string; details?: { causes?: Partial<Cause>[] } }
  patch?: string
  patchType?: string
  warnings?: string[]
}

/** One call of a webhook. */
export type WebhookCall = {
  /** With the `timeout` parameter. */
  url: string
  /** The name to verify the certificate against; the URL's host where undefined. */
  serverName?: string
  /** PEM; the system's certificates where undefined. */
  ca?: string
  /** The AdmissionReview as JSON. */
  body: string
  /** Aborts when the webhook's time is up. */
  signal: AbortSignal
}

/** Sends a call and gives the answer's status and body. Throws what went wrong underneath. The one seam to the network. */
export type CallWebhook = (call: WebhookCall) => Promise<{ status: number; body: string }>

/** A webhook server in this process: takes the path and the AdmissionReview, and answers with one. */
export type WebhookService = (path: string, body: string) => string
