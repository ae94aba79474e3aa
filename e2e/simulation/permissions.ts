import type { ApiRequest, Transport } from '../../operator/runtime/transport.ts'
import { deployed } from '../access.ts'

/** One right: what a request needs, or what one cell of a rule gives. `name` only where a rule says `resourceNames`. */
export type Permission = { scope: Scope; group: string; resource: string; verb: string; name?: string }

/** Where a role holds: in the whole cluster, in accounts, in the operator's own namespace. */
export type Scope = 'cluster' | 'account' | 'system'

type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }

/** Every single right in a file of `charts/kumulus/files/access/`. */
const granted = (file: 'operator' | 'admission'): Permission[] => deployed(file).flatMap(({ kind, metadata, rules = [] }) => {
  const scope: Scope = kind === 'Role' ? 'system' : metadata.name?.endsWith('-in-account') === true ? 'account' : 'cluster'
  return (rules as Rule[]).flatMap((rule) => cellsOf(rule).map((cell) => ({ scope, ...cell })))
})

const cellsOf = ({ apiGroups, resources, verbs, resourceNames = [undefined] }: Omit<Rule, 'resourceNames'> & { resourceNames?: (string | undefined)[] }): Omit<Permission, 'scope'>[] =>
  apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.flatMap((verb) => resourceNames.map((name) =>
    ({ group, resource, verb, ...name === undefined ? {} : { name } })))))

const titleOf = ({ scope, group, resource, verb, name }: Permission): string =>
  `${scope}: ${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`}`

/** One answered request, as roles speak of it. */
export type Asked = { verb: string; group: string; resource: string; namespace: string; name: string; status: number }

/** Whether a right is what let a request through. */
const covers = ({ scope, group, resource, verb, name }: Permission, asked: Asked): boolean =>
  asked.verb === verb && asked.group === group && asked.resource === resource && (name === undefined || name === asked.name)
  && (scope === 'cluster' || (scope === 'system') === (asked.namespace === 'kumulus-system') && asked.namespace !== '')

const programs = (): Permission[] => [...granted('operator'), ...granted('admission')]

/** How what was asked and what the roles of our programs give differ: each list is empty where all is well. */
export const judgeAccess = (asked: readonly Asked[]): { refused: string[]; unexplained: string[]; unused: string[] } => {
  const permissions = programs()
  return {
    refused: unique(asked.filter(({ status }) => status === 403 || status === 401)),
    unexplained: unique(asked.filter((each) => !permissions.some((permission) => covers(permission, each)))),
    unused: permissions.filter((permission) => !asked.some((each) => covers(permission, each))).map(titleOf),
  }
}

const unique = (asked: readonly Asked[]): string[] =>
  [...new Set(asked.map(({ verb, resource, group, namespace, status }) => `${status} ${verb} ${resource}.${group} in ${namespace}`))]

/** Rights that no program of ours may have: by wildcard, over everybody's Secrets, to become more. */
export const dangerousRights = (): string[] => programs().filter(isDangerous).map(titleOf)

const isDangerous = (permission: Permission): boolean => {
  const { scope, group, resource, verb } = permission
  return Object.values(permission).some((part) => part.includes('*'))
    || (scope === 'cluster' && resource.startsWith('secrets'))
    || (scope === 'account' && resource === 'secrets' && ['list', 'watch'].includes(verb))
    || group === 'rbac.authorization.k8s.io' || ['impersonate', 'bind', 'escalate'].includes(verb)
}

/** Notes what is asked and how it is answered. An apply that creates asks for two rights. */
export const recordingPermissions = (transport: Transport, asked: Asked[]): Transport => {
  const note = (request: ApiRequest, status: number) => {
    const place = placeOf(request)
    const created = request.method === 'PATCH' && status === 201 ? [{ ...place, verb: 'create', status }] : []
    asked.push({ ...place, status }, ...created, ...askedToClone(request.body, place, status))
  }
  return {
    ...transport,
    request: async (request) => {
      const answer = await transport.request(request)
      note(request, answer.status)
      return answer
    },
    stream: async (request) => {
      const answer = await transport.stream(request)
      note(request, answer.status)
      return answer
    },
  }
}

/** A path as a role sees it. */
const placeOf = ({ method, path, query = {} }: ApiRequest): Omit<Asked, 'status'> => {
  const [root, ...rest] = path.split('/').filter((part) => part !== '').map(decodeURIComponent)
  const group = root === 'api' ? '' : rest[0] ?? ''
  const parts = rest.slice(root === 'api' ? 1 : 2)
  const inside = parts[0] === 'namespaces' && parts.length > 2
  const [resource = '', target = '', ...subresource] = inside ? parts.slice(2) : parts
  const reads = query['watch'] === 'true' ? 'watch' : target === '' ? 'list' : 'get'
  const verbs: Record<string, string> = { GET: reads, POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: target === '' ? 'deletecollection' : 'delete' }
  return {
    verb: verbs[method] ?? method,
    group,
    resource: [resource, ...subresource].join('/'),
    namespace: inside ? parts[1] ?? '' : '',
    name: target !== '' ? target : /^metadata\.name=(.+)$/.exec(query['fieldSelector'] ?? '')?.[1] ?? '',
  }
}

type CloneBody = { spec?: { sourceRef?: { namespace?: string } } }

/** CDI asks whether the writer of a clone may read in the namespace that it is made from. Source: CDI pkg/clone, `CanUserClonePVC`. */
export const askedToClone = (body: unknown, place: Omit<Asked, 'status'>, status: number): Asked[] => {
  const from = place.resource === 'datavolumes' && place.verb === 'patch' ? (body as CloneBody | undefined)?.spec?.sourceRef?.namespace : undefined
  return from === undefined || from === place.namespace ? []
    : [{ verb: 'create', group: place.group, resource: 'datavolumes/source', namespace: from, name: '', status }]
}
