import type { ServedResource } from '../resource.ts'

/** Under which name a kind's schema is published: `io.k8s.api.core.v1.Pod`, `dev.kumulus.v1alpha1.Instance`. */
export const componentName = ({ group, version, kind, custom }: ServedResource, suffix = ''): string => {
  if (custom) return `${group.split('.').reverse().join('.')}.${version}.${kind}${suffix}`
  if (group === 'apiextensions.k8s.io') return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}.${kind}${suffix}`
  return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? group)}.${version}.${kind}${suffix}`
}

/** Names of the types that every document shares. */
export const metaName = (kind: string): string => `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`

/** The path of a group and version: `api/v1`, `apis/kumulus.dev/v1alpha1`. */
export const groupVersionPath = ({ group, version }: Pick<ServedResource, 'group' | 'version'>): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`

export type GroupVersionKind = { group: string; version: string; kind: string }

export const gvkOf = ({ group, version, kind }: ServedResource, suffix = ''): GroupVersionKind => ({ group, kind: `${kind}${suffix}`, version })
