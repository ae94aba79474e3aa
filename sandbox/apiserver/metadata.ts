import { labelProblems, labelValueProblems, pathSegmentProblems, qualifiedNameProblems, subdomainProblems } from './names.ts'
import type { AnyObject, Cause, ServedResource } from './resource.ts'
import { invalidCause } from './schema/causes.ts'

const annotationLimit = 256 * 1024

/** What is wrong with the metadata of an object about to be written; `live` is what it replaces. */
export const validateMetadata = (resource: ServedResource, object: AnyObject, live?: AnyObject): Cause[] => [
  ...(live === undefined ? validateName(resource, object) : validateImmutable(object, live)),
  ...validateLabels(object),
  ...validateAnnotations(object),
  ...validateOwners(object),
  ...validateFinalizers(resource, object, live),
]

const nameRules: Record<string, (name: string) => string[]> = {
  '/namespaces': labelProblems,
  '/services': labelProblems,
  'rbac.authorization.k8s.io/roles': pathSegmentProblems,
  'rbac.authorization.k8s.io/clusterroles': pathSegmentProblems,
  'rbac.authorization.k8s.io/rolebindings': pathSegmentProblems,
  'rbac.authorization.k8s.io/clusterrolebindings': pathSegmentProblems,
}

const validateName = (resource: ServedResource, { metadata }: AnyObject): Cause[] => {
  const { name } = metadata
  if (name === undefined || name === '') {
    return [{ field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value: name or generateName is required' }]
  }
  const rule = nameRules[`${resource.group}/${resource.plural}`] ?? subdomainProblems
  return rule(name).map((problem) => invalidCause('metadata.name', name, problem))
}

const validateImmutable = ({ metadata }: AnyObject, live: AnyObject): Cause[] =>
  ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']
    .filter((field) => metadata[field] !== live.metadata[field])
    .map((field) => invalidCause(`metadata.${field}`, metadata[field] ?? '', 'field is immutable'))

const validateLabels = ({ metadata }: AnyObject): Cause[] =>
  Object.entries((metadata['labels'] ?? {}) as Record<string, string>).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidCause('metadata.labels', key, problem)),
    ...labelValueProblems(value).map((problem) => invalidCause('metadata.labels', value, problem)),
  ])

const validateAnnotations = ({ metadata }: AnyObject): Cause[] => {
  const entries = Object.entries((metadata['annotations'] ?? {}) as Record<string, string>)
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  return [
    // The server compares annotation keys in lower case: capitals are allowed in the prefix too.
    ...entries.flatMap(([key]) => qualifiedNameProblems(key.toLowerCase()).map((problem) => invalidCause('metadata.annotations', key, problem))),
    ...(size > annotationLimit
      ? [{ field: 'metadata.annotations', reason: 'FieldValueTooLong' as const, message: `Too long: may not be more than ${annotationLimit} bytes` }]
      : []),
  ]
}

type Reference = { apiVersion?: string; kind?: string; name?: string; uid?: string; controller?: boolean }

const validateOwners = ({ metadata }: AnyObject): Cause[] => {
  const owners = (metadata['ownerReferences'] ?? []) as Reference[]
  const controllers = owners.filter(({ controller }) => controller === true)
  const empty = owners.flatMap((owner) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => (owner[field] ?? '') === '')
      .map((field) => {
        const message = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty'
        return invalidCause(`metadata.ownerReferences.${field}`, '', message)
      }),
  )
  if (controllers.length < 2) return empty
  const [first, second] = controllers
  const found = `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`
  return [...empty, invalidCause('metadata.ownerReferences', owners, found)]
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']
/** Their servers are libraries of their own, without the core's extra check. */
const lenientGroups = ['apiextensions.k8s.io', 'apiregistration.k8s.io']

const validateFinalizers = (resource: ServedResource, { metadata }: AnyObject, live?: AnyObject): Cause[] => {
  const finalizers = (metadata['finalizers'] ?? []) as string[]
  const before = (live?.metadata['finalizers'] ?? []) as string[]
  const added = finalizers.filter((finalizer) => !before.includes(finalizer))
  const causes = finalizers.flatMap((finalizer, index) => {
    const problems = qualifiedNameProblems(finalizer)
    const bare = !finalizer.includes('/') && !standardFinalizers.includes(finalizer) && !lenientGroups.includes(resource.group) && !resource.custom
    return [
      ...problems.map((problem) => invalidCause('metadata.finalizers', finalizer, problem)),
      ...(problems.length === 0 && bare
        ? [invalidCause(`metadata.finalizers[${index}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')]
        : []),
    ]
  })
  if (live?.metadata['deletionTimestamp'] === undefined || added.length === 0) return causes
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ')
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
  return [...causes, { field: 'metadata.finalizers', reason: 'FieldValueForbidden', message }]
}
