import { forbidden, unauthorized } from '../errors.ts'
import type { ServerRequest, UserInfo } from '../request.ts'
import type { Authorizer } from './rbac.ts'
import type { TokenSigner } from './service-account-tokens.ts'

/** Who asks: known to the carrier, by bearer token, or nobody. Throws 401 for a token nobody knows. */
export const authenticate = (request: ServerRequest, tokens: ReadonlyMap<string, UserInfo>, signer: TokenSigner): UserInfo => {
  const user = request.user ?? byToken(request, tokens, signer)
  return { ...user, groups: [...new Set([...user.groups, user.username === anonymous ? 'system:unauthenticated' : 'system:authenticated'])] }
}

const anonymous = 'system:anonymous'

const byToken = ({ headers }: ServerRequest, tokens: ReadonlyMap<string, UserInfo>, signer: TokenSigner): UserInfo => {
  const header = headers['authorization']
  if (header === undefined) return { username: anonymous, groups: [] }
  const token = /^bearer\s+(.+)$/i.exec(header)?.[1]?.trim() ?? ''
  const user = tokens.get(token) ?? signer.verify(token)?.user
  if (user === undefined) throw unauthorized()
  return user
}

/** The user that the request wants to be taken for, if the real one may. Throws 403. */
export const impersonate = (user: UserInfo, headers: Record<string, string>, authorizer: Authorizer): UserInfo => {
  const username = headers['impersonate-user']
  const groups = splitHeader(headers['impersonate-group'])
  if (username === undefined) {
    if (groups.length === 0 && headers['impersonate-uid'] === undefined) return user
    throw forbidden({ group: '', plural: 'users' }, '', 'requested impersonation of groups or a uid without impersonating a user')
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username)
  const wanted: [resource: string, name: string, namespace: string][] = [
    account === null ? ['users', username, ''] : ['serviceaccounts', account[2] ?? '', account[1] ?? ''],
    ...groups.map((group): [string, string, string] => ['groups', group, '']),
  ]
  for (const [resource, name, namespace] of wanted) {
    const attributes = { verb: 'impersonate', group: '', resource, subresource: '', name, namespace }
    const message = `User ${JSON.stringify(user.username)} cannot impersonate resource ${JSON.stringify(resource)} in API group "" at the cluster scope`
    if (!authorizer.allows(user, attributes)) throw forbidden({ group: '', plural: resource }, name, message)
  }
  const own = account === null ? [] : serviceAccountGroups(account[1] ?? '')
  const uid = headers['impersonate-uid']
  return { username, groups: [...groups, ...own, ...(groups.includes('system:authenticated') ? [] : ['system:authenticated'])], ...(uid ? { uid } : {}) }
}

/** Groups of every ServiceAccount of a namespace. */
export const serviceAccountGroups = (namespace: string): string[] => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]

const splitHeader = (value: string | undefined): string[] => (value ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '')
