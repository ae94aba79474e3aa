import type { Storage } from '../storage.ts'
import type { UserInfo } from '../request.ts'
import type { AnyObject } from '../resource.ts'

/** What someone wants to do. `path` instead of the rest for what is no resource. */
export type Attributes = { verb: string; group: string; resource: string; subresource: string; name: string; namespace: string; path?: string }

export type Rule = {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

export type Authorizer = {
  allows: (user: UserInfo, attributes: Attributes) => boolean
  /** Every rule that holds for a user in a namespace ('' for the cluster's alone). */
  rulesFor: (user: UserInfo, namespace: string) => Rule[]
}

type Binding = AnyObject & {
  subjects?: { kind: string; name: string; namespace?: string }[]
  roleRef: { kind: string; name: string }
}

const group = 'rbac.authorization.k8s.io'

/** The RBAC authorizer over the stored roles and bindings. `system:masters` may do everything. */
export const createAuthorizer = (storage: Storage): Authorizer => {
  let cached = new Map<string, Rule[]>()
  storage.subscribe(({ bucket }) => {
    if (bucket.startsWith(`${group}/`) && cached.size > 0) cached = new Map()
  })

  const rulesFor = (user: UserInfo, namespace: string): Rule[] => {
    const key = JSON.stringify([user.username, user.groups, namespace])
    const known = cached.get(key)
    if (known !== undefined) return known
    const rules = [
      ...rulesOf(storage, user, 'clusterrolebindings', '/', ''),
      ...(namespace === '' ? [] : rulesOf(storage, user, 'rolebindings', `${namespace}/`, namespace)),
    ]
    cached.set(key, rules)
    return rules
  }

  return {
    rulesFor,
    allows: (user, attributes) =>
      user.groups.includes('system:masters') || rulesFor(user, attributes.namespace).some((rule) => covers(rule, attributes)),
  }
}

const rulesOf = (storage: Storage, user: UserInfo, plural: string, prefix: string, namespace: string): Rule[] => {
  const rules: Rule[] = []
  for (const [, object] of storage.list(`${group}/${plural}`, prefix).entries) {
    const { subjects, roleRef } = object as Binding
    if (!(subjects ?? []).some((subject) => isSubject(user, subject, namespace))) continue
    const role =
      roleRef.kind === 'ClusterRole' ? storage.get(`${group}/clusterroles`, `/${roleRef.name}`) : storage.get(`${group}/roles`, `${namespace}/${roleRef.name}`)
    rules.push(...((role?.['rules'] ?? []) as Rule[]))
  }
  return rules
}

const isSubject = (user: UserInfo, subject: { kind: string; name: string; namespace?: string }, namespace: string): boolean => {
  if (subject.kind === 'User') return subject.name === user.username
  if (subject.kind === 'Group') return user.groups.includes(subject.name)
  return user.username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`
}

const covers = (rule: Rule, { verb, group: apiGroup, resource, subresource, name, path }: Attributes): boolean => {
  if (!has(rule.verbs, verb)) return false
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some((pattern) => coversPath(pattern, path))
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const resources = rule.resources ?? []
  const named = rule.resourceNames ?? []
  return (
    has(rule.apiGroups ?? [], apiGroup)
    && (has(resources, full) || (subresource !== '' && resources.includes(`*/${subresource}`)))
    && (named.length === 0 || named.includes(name))
  )
}

const has = (list: string[], wanted: string): boolean => list.includes('*') || list.includes(wanted)

const coversPath = (pattern: string, path: string): boolean =>
  pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path || pattern === `${path}/`
