import type { ServedResource } from './resource.ts'

/** Everything that is served now: built-in kinds, and what CustomResourceDefinitions brought. */
export type Registry = {
  find: (group: string, version: string, plural: string) => ServedResource | undefined
  /** By kind; the group's preferred version when `version` is undefined. */
  findKind: (group: string, version: string | undefined, kind: string) => ServedResource | undefined
  /** Replaces what `owner` (a CustomResourceDefinition's name) has registered; [] takes it out. */
  set: (owner: string, resources: ServedResource[]) => void
  all: () => readonly ServedResource[]
  /** Groups in the order of discovery, each with its versions, preferred first. */
  groups: () => readonly { group: string; versions: string[] }[]
  /** One served version of each bucket. */
  byBucket: (bucket: string) => ServedResource | undefined
  /** Rises with each change: what is derived from the registry can be kept until then. */
  readonly generation: number
}

/** Both groups of events are one storage, as in a real server. */
export const bucketOf = ({ group, plural }: { group: string; plural: string }): string =>
  group === 'events.k8s.io' && plural === 'events' ? '/events' : `${group}/${plural}`

export const createRegistry = (builtin: readonly ServedResource[]): Registry => {
  const owners = new Map<string, ServedResource[]>([['', [...builtin]]])
  let built: ReturnType<typeof buildIndex> | undefined
  // Made when it is asked for: a server that starts takes in dozens of definitions at once.
  const index = () => (built ??= buildIndex(owners))
  let generation = 1

  return {
    find: (group, version, plural) => index().byPath.get(`${group}/${version}/${plural}`),
    findKind: (group, version, kind) => {
      const versions = version === undefined ? (index().groups.find((entry) => entry.group === group)?.versions ?? []) : [version]
      return versions.map((each) => index().byKind.get(`${group}/${each}/${kind}`)).find((found) => found !== undefined)
    },
    set: (owner, resources) => {
      if (resources.length === 0) owners.delete(owner)
      else owners.set(owner, resources)
      built = undefined
      generation += 1
    },
    all: () => index().all,
    groups: () => index().groups,
    byBucket: (bucket) => index().byBucket.get(bucket),
    get generation() {
      return generation
    },
  }
}

/** Kubernetes' order of versions: v2, v1, v2beta1, v1beta2, v1alpha1, then others by name. */
export const compareVersions = (a: string, b: string): number => {
  const [rankA, rankB] = [rank(a), rank(b)]
  for (let i = 0; i < rankA.length; i++) {
    const difference = (rankB[i] ?? 0) - (rankA[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a < b ? -1 : a > b ? 1 : 0
}

const rank = (version: string): [stability: number, major: number, minor: number] => {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return [0, 0, 0]
  const stability = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1
  return [stability, Number(match[1]), Number(match[3] ?? 0)]
}

const buildIndex = (owners: Map<string, ServedResource[]>) => {
  const all = [...owners.values()].flat()
  const groups = new Map<string, Set<string>>()
  for (const { group, version } of all) {
    const versions = groups.get(group) ?? new Set<string>()
    groups.set(group, versions.add(version))
  }
  const byBucket = new Map<string, ServedResource>()
  for (const resource of all) {
    const known = byBucket.get(bucketOf(resource))
    if (known === undefined || (known.group === resource.group && compareVersions(resource.version, known.version) < 0)) {
      byBucket.set(bucketOf(resource), resource)
    }
  }
  return {
    all,
    byBucket,
    byPath: new Map(all.map((resource) => [`${resource.group}/${resource.version}/${resource.plural}`, resource])),
    byKind: new Map(all.map((resource) => [`${resource.group}/${resource.version}/${resource.kind}`, resource])),
    groups: [...groups].map(([group, versions]) => ({ group, versions: [...versions].sort(compareVersions) })),
  }
}
