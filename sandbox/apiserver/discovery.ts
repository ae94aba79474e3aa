import { subresourcesOf } from './subresources/index.ts'
import type { ResourceType } from '../../crds/kubernetes.ts'
import type { Registry } from './registry.ts'
import type { ServedResource } from './resource.ts'

/** A resource that somebody else serves in an aggregated group. */
export type AggregatedResource = Pick<ResourceType, 'kind' | 'namespaced'> & { name: string; verbs: string[]; singularName?: string }

/** `group/version` → its resources. */
export type AggregatedGroups = ReadonlyMap<string, readonly AggregatedResource[]>

/** What this server says it is. */
export const versionInfo = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+kumulus.sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}

type GroupVersions = { group: string; versions: string[] }

const groupsOf = (registry: Registry, aggregated: AggregatedGroups): GroupVersions[] => {
  const own = registry.groups().map(({ group, versions }) => ({ group, versions: [...versions] }))
  for (const groupVersion of aggregated.keys()) {
    const [group = '', version = ''] = groupVersion.split('/')
    const known = own.find((each) => each.group === group)
    if (known === undefined) own.push({ group, versions: [version] })
    else if (!known.versions.includes(version)) known.versions.push(version)
  }
  return own
}

/** GET /api. */
export const coreVersions = () => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
})

/** GET /apis. */
export const groupList = (registry: Registry, aggregated: AggregatedGroups) => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(registry, aggregated).filter(({ group }) => group !== '').map(groupOf),
})

/** GET /apis/<group>; undefined for one that nobody serves. */
export const groupDocument = (registry: Registry, aggregated: AggregatedGroups, name: string) => {
  const found = name === '' ? undefined : groupsOf(registry, aggregated).find(({ group }) => group === name)
  return found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(found) }
}

/** GET /api/v1 and /apis/<group>/<version>; undefined for one that nobody serves. */
export const resourceList = (registry: Registry, aggregated: AggregatedGroups, group: string, version: string) => {
  const own = resourcesIn(registry, group, version)
  const foreign = aggregated.get(`${group}/${version}`)
  if (own.length === 0 && foreign === undefined) return undefined
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: [...own.flatMap(apiResources), ...(foreign ?? []).map((each) => ({ singularName: '', ...each }))],
  }
}

/** GET /api and /apis for clients that ask for everything at once (`apidiscovery.k8s.io/v2`). */
export const aggregatedDiscovery = (registry: Registry, aggregated: AggregatedGroups, which: 'core' | 'named') => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groupsOf(registry, aggregated)
    .filter(({ group }) => (group === '') === (which === 'core'))
    .map(({ group, versions }) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: [
          ...resourcesIn(registry, group, version).map(discoveryOf),
          ...foreignDiscovery(group, version, aggregated.get(`${group}/${version}`) ?? []),
        ],
        freshness: 'Current',
      })),
    })),
})

/** Whether a client's Accept header asks for aggregated discovery. */
export const wantsAggregated = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((clause) => /;g=apidiscovery\.k8s\.io/.test(clause) && /;v=v2(;|$)/.test(clause) && /application\/json/.test(clause))

/** The media type of aggregated discovery. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const groupOf = ({ group, versions }: GroupVersions) => {
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions: entries, preferredVersion: entries[0] }
}

const resourcesIn = (registry: Registry, group: string, version: string): ServedResource[] =>
  registry.all().filter((resource) => resource.group === group && resource.version === version)

const apiResources = (resource: ServedResource) => [
  {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
  },
  ...subresourcesOf(resource).map(({ name, ...rest }) => ({
    name: `${resource.plural}/${name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...rest,
  })),
]

const discoveryOf = (resource: ServedResource) => {
  const { group, version, kind } = resource
  const subresources = subresourcesOf(resource).map((each) => ({
    subresource: each.name,
    responseKind: { group: each.group ?? group, version: each.version ?? version, kind: each.kind },
    verbs: each.verbs,
  }))
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}

/** Resources with a slash are subresources of the one before it, which may be served by nobody here. */
const foreignDiscovery = (group: string, version: string, resources: readonly AggregatedResource[]) => {
  const parents = [...new Set(resources.map(({ name }) => name.split('/')[0] ?? ''))]
  return parents.map((parent) => {
    const self = resources.find(({ name }) => name === parent)
    const subresources = resources
      .filter(({ name }) => name.startsWith(`${parent}/`))
      .map(({ name, kind, verbs }) => ({ subresource: name.slice(parent.length + 1), responseKind: { group, version, kind }, verbs }))
    return {
      resource: parent,
      responseKind: { group, version, kind: self?.kind ?? '' },
      scope: resources.find(({ name }) => name.startsWith(parent))?.namespaced === true ? 'Namespaced' : 'Cluster',
      singularResource: self?.singularName ?? '',
      verbs: self?.verbs ?? [],
      ...(subresources.length === 0 ? {} : { subresources }),
    }
  })
}
