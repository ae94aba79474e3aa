import type { KubeObject, ResourceType } from '../crds/kubernetes.ts'
import type { InformerSpec } from '../operator/runtime/store.ts'
import type { CertificateData } from './rotation.ts'

export const SECRETS: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
export const CERTIFICATE_SECRET = 'kumulus-admission-certificate'

export type CertificateSecret = KubeObject & { data?: Record<string, string> }

/** Watches that one Secret by name: nobody of ours may see another. */
export const certificateInformer = (namespace: string): InformerSpec<CertificateSecret> => ({
  resource: SECRETS,
  namespace,
  objectName: CERTIFICATE_SECRET,
  trim: ({ apiVersion, kind, metadata, data }: CertificateSecret) => {
    const { name, uid, resourceVersion } = metadata
    return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, ...(data === undefined ? {} : { data }) }
  },
})

export const decodeData = (secret: CertificateSecret | undefined): CertificateData | undefined =>
  secret === undefined ? undefined : Object.fromEntries(Object.entries(secret.data ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]))

export const encodeData = (data: CertificateData): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString('base64')]))
