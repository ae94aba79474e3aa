import type { KubeObject, NewObject, ResourceType } from '../crds/kubernetes.ts'
import type { Clock } from '../operator/runtime/clock.ts'
import { source } from '../operator/runtime/controller.ts'
import type { Again, Pass } from '../operator/runtime/controller.ts'
import type { Log } from '../operator/runtime/log.ts'
import { desiredDigest } from '../operator/runtime/owned-digest.ts'
import type { Runtime } from '../operator/runtime/runtime.ts'
import type { InformerSpec } from '../operator/runtime/store.ts'
import { CERTIFICATE_SECRET, SECRETS, certificateInformer, decodeData, encodeData } from './certificate-secret.ts'
import type { CertificateSecret } from './certificate-secret.ts'
import { makeServingCertificate } from './certificates.ts'
import { CONFIGURATION_NAME, MUTATING, VALIDATING, hostsOf, webhookConfigurations } from './configuration.ts'
import type { Endpoint } from './configuration.ts'
import { created, nextRotationStep, prepared, promoted } from './rotation.ts'
import type { CertificateData } from './rotation.ts'

export type AdmissionSettings = {
  clock: Clock
  log: Log
  namespace: string
  endpoint: Endpoint | undefined
  /** Somebody else (a Helm release) makes and deletes the webhook configurations: they only get the certificate's authority, while they are there. */
  given?: boolean
}

const FIELD_MANAGER = 'kumulus-admission'

/**
 * The operator's part of admission: keeps the certificate fresh and the webhook configurations as they should be. Does nothing without an
 * endpoint.
 */
export const manageAdmission = (runtime: Runtime, { clock, namespace, endpoint, given = false }: AdmissionSettings): void => {
  if (endpoint === undefined) return
  const secrets = certificateInformer(namespace)
  const key = `${namespace}/${CERTIFICATE_SECRET}`
  const configurations = [configurationInformer(VALIDATING), configurationInformer(MUTATING)] as const
  const always = () => [key]
  const reconcile = async (pass: Pass): Promise<Again> => {
    const published = configurations.flatMap((spec) =>
      [...runtime.cache.of(spec).list()].flatMap(({ webhooks }) => webhooks.map(({ bundle }) => bundle)))
    const secret = runtime.cache.of(secrets).get(key)
    const data = decodeData(secret)
    const next = nextRotationStep(data, hostsOf(endpoint), clock.now(), published)
    if (next.step !== 'keep') {
      pass.log.info({ step: next.step }, 'renewing the admission certificate')
      const changed = await dataAfter(next.step, data, hostsOf(endpoint), clock.now())
      await writeSecret(runtime, secrets, secret, namespace, changed)
      // The next step looks at what the API servers have by then.
      return { requeue: true }
    }
    const authority = data?.['ca.crt'] ?? ''
    const whole = webhookConfigurations(endpoint, authority)
    const wrote = await Promise.all(configurations.map((spec, index) =>
      publish(runtime, spec, given ? bundlesOf(runtime.cache.of(spec).get(CONFIGURATION_NAME), authority) : whole[index])))
    return wrote.includes(true) ? { requeue: true } : { after: next.after }
  }
  const sources = [source(secrets, always), ...configurations.map((spec) => source(spec, always))]
  const controller = runtime.controller({ name: 'admission', workers: 1, sources, reconcile })
  // With nothing there yet, no event would ever come.
  controller.queue.add(key)
}

type Configuration = KubeObject & { webhooks: { name: string; bundle: string }[] }

const configurationInformer = (resource: ResourceType): InformerSpec<Configuration> => ({
  resource,
  objectName: CONFIGURATION_NAME,
  trim: ({ apiVersion, kind, metadata, webhooks = [] }: KubeObject & { webhooks?: { name: string; clientConfig?: { caBundle?: string } }[] }) => {
    const { name, uid, resourceVersion } = metadata
    const bundleOf = ({ caBundle = '' }: { caBundle?: string } = {}) => Buffer.from(caBundle, 'base64').toString()
    const read = webhooks.map((each) => ({ name: each.name, bundle: bundleOf(each.clientConfig) }))
    return { apiVersion, kind, metadata: { name, uid, resourceVersion }, webhooks: read }
  },
})

/** What we own of a configuration that is somebody else's. With its UID, so that one that has just gone is not brought back. */
const bundlesOf = (configuration: Configuration | undefined, authority: string): Desired | undefined => {
  if (configuration === undefined || configuration.webhooks.length === 0) return undefined
  const { apiVersion, kind, metadata: { name, uid }, webhooks } = configuration
  const caBundle = Buffer.from(authority).toString('base64')
  return { apiVersion, kind, metadata: { name, uid }, webhooks: webhooks.map((each) => ({ name: each.name, clientConfig: { caBundle } })) }
}

type Desired = NewObject & { webhooks: unknown }

const dataAfter = async (
  step: 'create' | 'prepare' | 'promote',
  data: CertificateData | undefined,
  hosts: readonly string[],
  now: number,
): Promise<CertificateData> => {
  if (step === 'promote' && data !== undefined) return promoted(data)
  const made = await makeServingCertificate(hosts, now)
  return step === 'create' || data === undefined ? created(made) : prepared(data, made)
}

/** Guarded by resourceVersion: of two operators in doubt about who leads, one certificate wins whole. */
const writeSecret = async (
  runtime: Runtime,
  spec: InformerSpec<CertificateSecret>,
  secret: CertificateSecret | undefined,
  namespace: string,
  data: CertificateData,
): Promise<void> => {
  const labels = { 'app.kubernetes.io/managed-by': 'kumulus' }
  const guard = secret === undefined ? {} : { resourceVersion: secret.metadata.resourceVersion, uid: secret.metadata.uid }
  const object = {
    apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', data: encodeData(data),
    metadata: { name: CERTIFICATE_SECRET, namespace, labels, ...guard },
  }
  const options = { fieldManager: FIELD_MANAGER }
  const answer = secret === undefined ? await runtime.client.create(SECRETS, object, options) : await runtime.client.update(SECRETS, object, options)
  runtime.informer(spec).store.put(answer)
}

/** Returns whether anything had to be written. */
const publish = async (runtime: Runtime, spec: InformerSpec<Configuration>, desired: Desired | undefined): Promise<boolean> => {
  if (desired === undefined) return false
  const { store } = runtime.informer(spec)
  const digest = desiredDigest(desired)
  if (store.holds(CONFIGURATION_NAME, FIELD_MANAGER, digest)) return false
  const answer = await runtime.client.apply(spec.resource, desired, { fieldManager: FIELD_MANAGER })
  store.put(answer)
  store.applied(CONFIGURATION_NAME, FIELD_MANAGER, digest, answer)
  return true
}
