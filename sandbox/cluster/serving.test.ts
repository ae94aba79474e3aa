import test, { type ExecutionContext } from 'ava'
import { Agent, request } from 'undici'
import { createClient } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { issueCertificate, makeAuthority, type Authority } from '../apiserver/certificates.ts'
import { serveHttps } from '../apiserver/http.ts'
import { jsonResponse, type UserInfo } from '../apiserver/request.ts'
import { testServer } from '../apiserver/test-server.ts'
import { kubeletApi } from './kubelet-api.ts'
import { virtApi } from './virt-api.ts'

const now = systemClock.now()

const serve = async (t: ExecutionContext, authority: Authority, asked: UserInfo[]) => {
  const resources = [{ name: 'virtualmachines/stop', kind: '', namespaced: true, verbs: ['update'] }]
  const api = virtApi({ resources, handle: (_, user) => (asked.push(user), Promise.resolve(jsonResponse(200, {}))) })
  const server = await serveHttps(api, { now, names: ['virt-api.kubevirt.svc'], clients: { authority: authority.pem, names: ['front-proxy'] } })
  t.teardown(server.close)
  return async (path: string, from: Authority | undefined, name: string, headers: Record<string, string> = {}) => {
    const shown = from === undefined ? {} : await issueCertificate(from, { subject: `CN=${name}`, names: [], now })
    const { certificate: cert, key } = { certificate: undefined, key: undefined, ...shown }
    const dispatcher = new Agent({ connect: { ca: server.ca, ...(cert === undefined ? {} : { cert, key: key ?? '' }) } })
    t.teardown(() => dispatcher.destroy())
    return request(server.url + path, { dispatcher, headers })
  }
}

test('virt-api answers to the front proxy alone, and believes it who asks', async (t) => {
  const [frontProxy, other] = await Promise.all([makeAuthority('front-proxy-ca', now), makeAuthority('front-proxy-ca', now)])
  const asked: UserInfo[] = []
  const get = await serve(t, frontProxy, asked)
  const path = '/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachines/web/stop'
  await t.throwsAsync(get(path, undefined, ''))
  await t.throwsAsync(get(path, other, 'front-proxy'))
  t.is((await get(path, frontProxy, 'somebody', { 'x-remote-user': 'jo' })).statusCode, 403)
  t.deepEqual(asked, [])
  t.is((await get(path, frontProxy, 'front-proxy', { 'x-remote-user': 'jo', 'x-remote-group': 'ops' })).statusCode, 200)
  t.deepEqual(asked, [{ username: 'jo', groups: ['ops'] }])
})

test('virt-api says what it serves, for discovery', async (t) => {
  const authority = await makeAuthority('front-proxy-ca', now)
  const get = await serve(t, authority, [])
  const list = (await (await get('/apis/subresources.kubevirt.io/v1', authority, 'front-proxy')).body.json()) as { resources: { name: string }[] }
  t.deepEqual(list.resources.map(({ name }) => name), ['virtualmachines/stop'])
})

test('a kubelet shows the log of a container, and says of one that has not started that it waits', async (t) => {
  const { send, transport } = testServer()
  await send('POST', '/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  const { handle } = kubeletApi(createClient(transport), (_, { container, tailLines }) => (container === 'c' ? lines(`tail ${tailLines}`) : undefined))
  const get = (path: string, query = '') => handle({ method: 'GET', path, query: new URLSearchParams(query), headers: {}, body: '' })
  const { status, body } = await get('/containerLogs/default/p/c', 'tailLines=3')
  t.is(status, 200)
  for await (const line of body as AsyncIterable<string>) t.is(line, 'tail 3')
  t.is((await get('/containerLogs/default/p/other')).status, 400)
  t.is((await get('/containerLogs/default/none/c')).status, 404)
  t.is((await get('/pods')).status, 404)
})

async function* lines(text: string): AsyncIterable<string> {
  yield await Promise.resolve(text)
}
