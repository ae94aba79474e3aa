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

export type AdmissionSettings = { clock: Clock; log: Log; namespace: string; endpoint: Endpoint | undefined }

const FIELD_MANAGER = 'kumulus-admission'

/**
 * The operator's part of admission: keeps the certificate fresh and the webhook configurations as they should be. Does nothing without an
 * endpoint.
 */
export const manageAdmission = (runtime: Runtime, { clock, namespace, endpoint }: AdmissionSettings): void => {
  if (endpoint === undefined) return
  const secrets = certificateInformer(namespace)
  const key = `${namespace}/${CERTIFICATE_SECRET}`
  const configurations = [configurationInformer(VALIDATING), configurationInformer(MUTATING)] as const
  const always = () => [key]
  const reconcile = async (pass: Pass): Promise<Again> => {
    const published = configurations.flatMap((spec) => [...runtime.cache.of(spec).list()].flatMap(({ bundles }) => bundles))
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
    const [validating, mutating] = webhookConfigurations(endpoint, data?.['ca.crt'] ?? '')
    const wrote = [await publish(runtime, configurations[0], validating), await publish(runtime, configurations[1], mutating)]
    return wrote.includes(true) ? { requeue: true } : { after: next.after }
  }
  const sources = [source(secrets, always), ...configurations.map((spec) => source(spec, always))]
  const controller = runtime.controller({ name: 'admission', workers: 1, sources, reconcile })
  // With nothing there yet, no event would ever come.
  controller.queue.add(key)
}

type Configuration = KubeObject & { bundles: string[] }

const configurationInformer = (resource: ResourceType): InformerSpec<Configuration> => ({
  resource,
  objectName: CONFIGURATION_NAME,
  trim: ({ apiVersion, kind, metadata, webhooks }: KubeObject & { webhooks?: { clientConfig?: { caBundle?: string } }[] }) => {
    const { name, uid, resourceVersion } = metadata
    const bundles = (webhooks ?? []).map(({ clientConfig }) => Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString())
    return { apiVersion, kind, metadata: { name, uid, resourceVersion }, bundles }
  },
})

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
const publish = async (runtime: Runtime, spec: InformerSpec<Configuration>, desired: NewObject & { webhooks: unknown }): Promise<boolean> => {
  const { store } = runtime.informer(spec)
  const digest = desiredDigest(desired)
  if (store.holds(CONFIGURATION_NAME, FIELD_MANAGER, digest)) return false
  const answer = await runtime.client.apply(spec.resource, desired, { fieldManager: FIELD_MANAGER })
  store.put(answer)
  store.applied(CONFIGURATION_NAME, FIELD_MANAGER, digest, answer)
  return true
}
