import test from 'ava'
import { admissionUser, operatorUser } from '../access.ts'
import { judgeAccess } from '../simulation/permissions.ts'
import { askedIn } from './audit.ts'

type Event = Parameters<typeof askedIn>[0][number]

type More = Partial<Event> & { namespace?: string; name?: string; group?: string; code?: number }

const event = (verb: string, resource: string, more: More = {}): Event => {
  const { namespace = 'a', name = '', group = '', code = 200, ...rest } = more
  return {
    stage: 'ResponseComplete', verb, user: { username: operatorUser.username },
    objectRef: { apiGroup: group, resource, namespace, name }, responseStatus: { code }, annotations: { 'authorization.k8s.io/decision': 'allow' }, ...rest,
  }
}
const forbidden = { code: 403, annotations: { 'authorization.k8s.io/decision': 'forbid' } }

test('what others ask, what is no resource, and what has only been received is left out', (t) => {
  t.deepEqual(askedIn([
    event('get', 'secrets', { user: { username: 'admin' } }),
    { ...event('get', ''), objectRef: undefined } as unknown as Event,
    event('get', 'secrets', { stage: 'RequestReceived' }),
  ]), [])
  t.is(askedIn([event('list', 'images', { user: { username: admissionUser.username } })]).length, 1)
})

test('an apply that creates asks for two rights, and a clone out of another namespace for one more there', (t) => {
  const requestObject = { spec: { sourceRef: { namespace: 'b' } } }
  const asked = askedIn([event('patch', 'datavolumes', { group: 'cdi.kubevirt.io', name: 'v', code: 201, requestObject })])
  t.deepEqual(asked.map(({ verb, resource, namespace }) => `${verb} ${resource} ${namespace}`), ['patch datavolumes a', 'create datavolumes a', 'create datavolumes/source b'])
})

test('a subresource is a resource of its own', (t) => {
  const objectRef = { apiGroup: 'kumulus.dev', resource: 'instances', subresource: 'status', namespace: 'a', name: 'web' }
  t.is(askedIn([event('patch', 'instances', { objectRef })])[0]?.resource, 'instances/status')
})

test('who is refused by a role is found out; who is refused by admission is not, nor in a namespace that goes with its roles', (t) => {
  const refusals = (...events: Event[]) => judgeAccess(askedIn(events)).refused
  t.deepEqual(refusals(event('get', 'configmaps', forbidden)), ['403 get configmaps. in a'])
  t.deepEqual(refusals(event('create', 'secrets', { code: 403 })), [])
  const deletion = event('delete', 'namespaces', { namespace: 'a', name: 'a', user: { username: 'admin' } })
  const creation = event('create', 'namespaces', { namespace: 'a', name: 'a', code: 201, user: { username: 'admin' } })
  t.deepEqual(refusals(deletion, event('get', 'configmaps', forbidden)), [])
  t.is(refusals(deletion, event('get', 'configmaps', { ...forbidden, namespace: 'b' })).length, 1)
  t.is(refusals(deletion, creation, event('get', 'configmaps', forbidden)).length, 1)
})

test('a program whose roles were taken away with its release is refused without blame, until they are there again', (t) => {
  const binding = { group: 'rbac.authorization.k8s.io', namespace: 'kumulus-system', name: 'kumulus-operator', user: { username: 'admin' } }
  const refused = event('update', 'leases', forbidden)
  t.deepEqual(askedIn([event('delete', 'rolebindings', binding), refused]), [])
  t.is(askedIn([event('delete', 'rolebindings', binding), event('create', 'rolebindings', { ...binding, code: 201 }), refused]).length, 1)
  t.is(askedIn([event('delete', 'rolebindings', { ...binding, name: 'machines' }), refused]).length, 1)
})

test('who is refused in the moment in which a role is given is refused by a server that has not read it yet', (t) => {
  const at = (requestReceivedTimestamp: string) => event('get', 'configmaps', { ...forbidden, requestReceivedTimestamp })
  const role = event('patch', 'clusterroles', {
    group: 'rbac.authorization.k8s.io', name: 'kumulus-system:operator', code: 200, user: { username: 'admin' }, requestReceivedTimestamp: '2026-01-01T00:00:10Z',
  })
  t.deepEqual(askedIn([role, at('2026-01-01T00:00:10.1Z')]), [])
  t.is(askedIn([at('2026-01-01T00:00:09Z'), role, at('2026-01-01T00:00:13Z')]).length, 2)
})

test('who is refused while the API server is being started again is refused by one that has not read its roles yet', (t) => {
  const at = (requestReceivedTimestamp: string) => event('get', 'configmaps', { ...forbidden, requestReceivedTimestamp })
  const unready = [[Date.parse('2026-01-01T00:00:10Z'), Date.parse('2026-01-01T00:00:20Z')]] as const
  t.deepEqual(askedIn([at('2026-01-01T00:00:12.5Z')], unready), [])
  t.is(askedIn([at('2026-01-01T00:00:09Z'), at('2026-01-01T00:00:21Z')], unready).length, 2)
})
