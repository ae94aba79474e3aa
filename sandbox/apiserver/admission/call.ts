import type { Clock } from '../../../operator/runtime/clock.ts'
import { WebhookFailure } from './review.ts'
import type { CallWebhook, ClientConfig, Webhook, WebhookService } from './types.ts'

/** Where a Service's webhook is reached; undefined where there is none. The certificate is verified against `name.namespace.svc` all the same. */
export type ResolveService = (service: { namespace: string; name: string; port: number }) => { host: string; port: number } | undefined

export type Calling = {
  clock: Clock
  call: CallWebhook
  resolveService: ResolveService
  /** `namespace/name` of a Service → who answers for it in this process. */
  services?: ReadonlyMap<string, WebhookService> | undefined
}

/** Asks a webhook, for no longer than its timeout. Throws {@link WebhookFailure} in the words of the API server. */
export const ask = async (webhook: Webhook, body: string, { clock, call, resolveService, services }: Calling): Promise<string> => {
  const { service } = webhook.clientConfig
  const here = service === undefined ? undefined : services?.get(`${service.namespace}/${service.name}`)
  if (here !== undefined) return here(service?.path ?? '/', body)
  const seconds = webhook.timeoutSeconds ?? 10
  const target = targetOf(webhook.clientConfig, resolveService)
  const shown = `${target.shown}?timeout=${seconds}s`
  const controller = new AbortController()
  const late = new WebhookFailure(`failed to call webhook: Post ${JSON.stringify(shown)}: context deadline exceeded`)
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const cancel = clock.after(seconds * 1000, () => {
    controller.abort(late)
    reject(late)
  })
  const { caBundle } = webhook.clientConfig
  const request = {
    url: `${target.url}?timeout=${seconds}s`,
    ...(target.serverName === undefined ? {} : { serverName: target.serverName }),
    ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
    body,
    signal: controller.signal,
  }
  try {
    // A call that does not heed its signal must not hold the request up.
    const { status, body: answer } = await Promise.race([call(request), timeout])
    if (status !== 200) throw new WebhookFailure(`failed to call webhook: ${unexpectedStatus(status, answer)}`)
    return answer
  } catch (error) {
    if (error instanceof WebhookFailure) throw error
    throw new WebhookFailure(`failed to call webhook: Post ${JSON.stringify(shown)}: ${reasonOf(error)}`)
  } finally {
    cancel()
  }
}

const unexpectedStatus = (status: number, body: string): string =>
  status === 404 ? 'the server could not find the requested resource' : `an error on the server (${JSON.stringify(body.slice(0, 1024))}) has prevented the request from succeeding`

type Target = { url: string; shown: string; serverName?: string }

const targetOf = ({ url, service }: ClientConfig, resolveService: ResolveService): Target => {
  if (service !== undefined) {
    const { namespace, name, path = '/', port = 443 } = service
    const at = resolveService({ namespace, name, port })
    if (at === undefined) throw new WebhookFailure(`failed to call webhook: Post "https://${name}.${namespace}.svc:${port}${path}": service ${JSON.stringify(name)} not found`)
    const host = at.host.includes(':') ? `[${at.host}]` : at.host
    return { url: `https://${host}:${at.port}${path}`, shown: `https://${name}.${namespace}.svc:${port}${path}`, serverName: `${name}.${namespace}.svc` }
  }
  if (url === undefined) throw new WebhookFailure('could not get REST client: webhook configuration must have either service or URL')
  if (!url.startsWith('https://')) throw new WebhookFailure(`could not get REST client: 'https' is the only allowed URL scheme; got ${JSON.stringify(url)}`)
  return { url, shown: url }
}

const certificateCodes: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
}

/** What went wrong underneath, as Go's client says it. */
const reasonOf = (error: unknown): string => {
  type Failure = { code?: string; message?: string; address?: string; port?: number }
  const cause = (error instanceof Error && error.cause instanceof Error ? error.cause : error) as Failure
  const { code = '', message = String(error) } = cause
  if (code === 'ECONNREFUSED') return `dial tcp ${cause.address ?? ''}:${cause.port ?? ''}: connect: connection refused`
  const certificate = certificateCodes[code] ?? (code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `x509: ${message}` : undefined)
  if (certificate !== undefined) return `tls: failed to verify certificate: ${certificate}`
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' ? 'EOF' : message
}
