import { defaultRoles } from './access/default-roles.ts'
import { storageKey, type Core } from './core.ts'
import { uuid } from './identity.ts'
import { systemNamespaces } from './namespaces.ts'
import type { AnyObject } from './resource.ts'

const keyBucket = 'internal/keys'

/** Puts into a new storage what every cluster begins with. Returns the key that signs ServiceAccount tokens, the same after a restart. */
export const bootstrap = (core: Core): Uint8Array => {
  for (const name of systemNamespaces) {
    ensure(core, '/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  }
  for (const object of defaultRoles()) ensure(core, `rbac.authorization.k8s.io/${object.kind.toLowerCase()}s`, object)
  ensure(core, '/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
    status: { loadBalancer: {} },
  })
  return signingKey(core)
}

const ensure = (core: Core, bucket: string, object: AnyObject): void => {
  const key = storageKey(object.metadata.namespace ?? '', object.metadata.name ?? '')
  if (core.storage.get(bucket, key) !== undefined) return
  const metadata = { ...object.metadata, uid: uuid(core.random), creationTimestamp: core.timestamp() }
  core.storage.put(bucket, key, { ...object, metadata }, undefined)
}

/** Kept in a bucket that no resource shows. */
const signingKey = (core: Core): Uint8Array => {
  const known = core.storage.get(keyBucket, '/service-account')
  if (typeof known?.['key'] === 'string') return Buffer.from(known['key'], 'base64')
  const key = core.random(32)
  const object: AnyObject = { apiVersion: 'internal', kind: 'Key', metadata: { name: 'service-account' }, key: Buffer.from(key).toString('base64') }
  core.storage.put(keyBucket, '/service-account', object, undefined)
  return key
}
