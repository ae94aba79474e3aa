import test from 'ava'
import { configMap, configMaps, testServer } from '../test-server.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const alice = { username: 'alice', groups: [] }

test('a user may do what a role in the namespace grants, there and nowhere else', async (t) => {
  const { send, as } = testServer()
  const read = (path: string) => as(alice).request({ method: 'GET', path })
  t.is((await read(configMaps)).status, 403)
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' } }
  await send('POST', `${rbac}/namespaces/default/roles`, { ...role, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }] })
  const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'r' }, roleRef: { kind: 'Role', name: 'r' } }
  await send('POST', `${rbac}/namespaces/default/rolebindings`, { ...binding, subjects: [{ kind: 'User', name: 'alice' }] })
  t.is((await read(configMaps)).status, 200)
  t.is((await read('/api/v1/namespaces/kube-system/configmaps')).status, 403)
  t.is((await as(alice).request({ method: 'POST', path: configMaps, body: configMap('a') })).status, 403)
  await send('DELETE', `${rbac}/namespaces/default/rolebindings/r`)
  t.is((await read(configMaps)).status, 403)
})

test('the token of a ServiceAccount works until it expires or the account is gone', async (t) => {
  const { send, server, clock } = testServer()
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await send('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot' } })
  const issue = async () => {
    const answer = await send('POST', `${accounts}/bot/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } })
    return (answer.body['status'] as { token: string }).token
  }
  const statusWith = async (token: string) =>
    (await server.handle({ method: 'GET', path: '/api', query: new URLSearchParams(), headers: { authorization: `Bearer ${token}` }, body: '' })).status
  const token = await issue()
  t.is(await statusWith(token), 200)
  t.is(await statusWith(`${token.slice(0, -3)}abc`), 401)
  await clock.advance(601_000)
  t.is(await statusWith(token), 401)
  const second = await issue()
  await send('DELETE', `${accounts}/bot`)
  t.is(await statusWith(second), 401)
})

test('impersonation is for those who may', async (t) => {
  const { as, send } = testServer()
  const headers = { 'impersonate-user': 'alice' }
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const own = await send('POST', path, review, { headers })
  t.is((own.body['status'] as { userInfo: { username: string } }).userInfo.username, 'alice')
  t.is((await as({ username: 'mallory', groups: [] }).request({ method: 'POST', path, body: review, headers })).status, 403)
})

test('roles with an aggregation rule hold what the roles they select hold', async (t) => {
  const { send, server } = testServer()
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  const rules = [{ apiGroups: ['kumulus.dev'], resources: ['instances'], verbs: ['get'] }]
  await send('POST', `${rbac}/clusterroles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'more', labels }, rules })
  await server.settled()
  const admin = await send('GET', `${rbac}/clusterroles/admin`)
  t.true(JSON.stringify(admin.body['rules']).includes('kumulus.dev'), 'view goes into edit, edit into admin')
})

test('a right to one name holds for asking, listing and watching that name, and for nothing else', async (t) => {
  const { send, as } = testServer()
  const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'], verbs: ['get', 'list', 'watch'] }]
  await grant(send, rules)
  for (const name of ['a', 'b']) await send('POST', configMaps, configMap(name))
  const read = (path: string, query: Record<string, string> = {}) => as(alice).request({ method: 'GET', path, query })
  t.is((await read(`${configMaps}/a`)).status, 200)
  t.is((await read(configMaps, { fieldSelector: 'metadata.name=a' })).status, 200)
  t.is((await read(`${configMaps}/b`)).status, 403)
  t.is((await read(configMaps, { fieldSelector: 'metadata.name=b' })).status, 403)
  t.is((await read(configMaps, { fieldSelector: 'metadata.name!=b' })).status, 403)
  t.is((await read(configMaps)).status, 403)
})

test('an apply that would create needs the right to create beside the right to patch', async (t) => {
  const { send, as } = testServer()
  const apply = (name: string) => as(alice).request({
    method: 'PATCH', path: `${configMaps}/${name}`, query: { fieldManager: 'alice' }, contentType: 'application/apply-patch+yaml', body: configMap(name),
  })
  await grant(send, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] }])
  await send('POST', configMaps, configMap('there'))
  t.is((await apply('there')).status, 200)
  t.is((await apply('new')).status, 403)
  await send('PUT', `${rbac}/namespaces/default/roles/r`, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'create'] }],
  })
  t.is((await apply('new')).status, 201)
})

/** Gives alice rights in the default namespace. */
const grant = async (send: ReturnType<typeof testServer>['send'], rules: object[]): Promise<void> => {
  await send('POST', `${rbac}/namespaces/default/roles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules })
  await send('POST', `${rbac}/namespaces/default/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'r' },
    roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'alice' }],
  })
}
