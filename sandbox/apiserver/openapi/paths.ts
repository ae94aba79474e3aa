import type { ServedResource } from '../resource.ts'
import { componentName, groupVersionPath, gvkOf } from './names.ts'

type Json = Record<string, unknown>

/** How a version of OpenAPI writes what the two say differently. */
export type Dialect = {
  parameter: (name: string, type: string, description: string) => Json
  pathParameter: (name: string, description: string) => Json
  body: (reference: string | undefined, mediaTypes: string[]) => Json
  response: (reference: string) => Json
  prefix: string
}

const patchTypes = (resource: ServedResource): string[] => [
  'application/json-patch+json',
  'application/merge-patch+json',
  ...(resource.custom ? [] : ['application/strategic-merge-patch+json']),
  'application/apply-patch+yaml',
]

/** The paths of resources. Clients look here for which kind a path serves and which parameters a write takes. */
export const publishedPaths = (resources: readonly ServedResource[], dialect: Dialect): Json => {
  const paths: Json = {}
  for (const resource of resources) {
    const base = `/${groupVersionPath(resource)}`
    const collection = resource.namespaced ? `${base}/namespaces/{namespace}/${resource.plural}` : `${base}/${resource.plural}`
    paths[collection] = collectionPath(resource, dialect)
    paths[`${collection}/{name}`] = itemPath(resource, dialect, '')
    if (resource.namespaced) paths[`${base}/${resource.plural}`] = { get: operation(resource, dialect, 'list', 'ForAllNamespaces') }
    if (resource.hasStatus) paths[`${collection}/{name}/status`] = itemPath(resource, dialect, 'Status')
  }
  return paths
}

const collectionPath = (resource: ServedResource, dialect: Dialect): Json => ({
  parameters: pathParameters(resource, dialect, false),
  ...when(resource, 'list', { get: operation(resource, dialect, 'list', '') }),
  ...when(resource, 'create', { post: operation(resource, dialect, 'post', '') }),
  ...when(resource, 'deletecollection', { delete: operation(resource, dialect, 'deletecollection', '') }),
})

const itemPath = (resource: ServedResource, dialect: Dialect, subresource: string): Json => ({
  parameters: pathParameters(resource, dialect, true),
  ...when(resource, 'get', { get: operation(resource, dialect, 'get', subresource) }),
  ...when(resource, 'update', { put: operation(resource, dialect, 'put', subresource) }),
  ...when(resource, 'patch', { patch: operation(resource, dialect, 'patch', subresource) }),
  ...(subresource === '' ? when(resource, 'delete', { delete: operation(resource, dialect, 'delete', '') }) : {}),
})

const when = ({ verbs }: ServedResource, verb: string, entry: Json): Json => (verbs.includes(verb) ? entry : {})

const pathParameters = ({ namespaced, kind }: ServedResource, { pathParameter }: Dialect, named: boolean): Json[] => [
  ...(named ? [pathParameter('name', `name of the ${kind}`)] : []),
  ...(namespaced ? [pathParameter('namespace', 'object name and auth scope, such as for teams and projects')] : []),
]

type Action = 'list' | 'post' | 'deletecollection' | 'get' | 'put' | 'patch' | 'delete'

const operation = (resource: ServedResource, dialect: Dialect, action: Action, suffix: string): Json => {
  const write = action === 'post' || action === 'put' || action === 'patch'
  const reference = `${dialect.prefix}${componentName(resource)}`
  const scope = resource.namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : ''
  return {
    description: `${action} ${resource.kind}`,
    operationId: `${action}${pascal(resource)}${scope}${resource.kind}${suffix}`,
    parameters: parameters(action, dialect),
    ...(write ? dialect.body(action === 'patch' ? undefined : reference, action === 'patch' ? patchTypes(resource) : ['application/json']) : {}),
    responses: { 200: dialect.response(action === 'list' ? `${dialect.prefix}${componentName(resource, 'List')}` : reference) },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvkOf(resource),
  }
}

const pascal = ({ group, version }: ServedResource): string =>
  [...(group === '' ? ['core'] : group.split('.')), version].map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')

const parameters = (action: Action, { parameter }: Dialect): Json[] => {
  const dryRun = parameter('dryRun', 'string', 'All: run every stage of the request, persist nothing.')
  const write = [
    dryRun,
    parameter('fieldManager', 'string', 'The name of whoever makes these changes; required for apply.'),
    parameter('fieldValidation', 'string', 'What to do about unknown and duplicate fields: Ignore, Warn or Strict.'),
  ]
  switch (action) {
    case 'post':
    case 'put':
      return write
    case 'patch':
      return [...write, parameter('force', 'boolean', 'For apply: take fields over from other managers.')]
    case 'delete':
      return [dryRun, parameter('propagationPolicy', 'string', 'Orphan, Background or Foreground.')]
    case 'list':
    case 'deletecollection':
      return ['labelSelector', 'fieldSelector', 'continue', 'resourceVersion'].map((name) => parameter(name, 'string', `The ${name} of the list.`))
    default:
      return []
  }
}
