import test from 'ava'
import { Agent, request } from 'undici'
import { createClient } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { ApiRequest, Transport } from '../../operator/runtime/transport.ts'
import { issueCertificate, makeAuthority } from '../apiserver/certificates.ts'
import { textResponse } from '../apiserver/request.ts'
import { testServer } from '../apiserver/test-server.ts'
import { resources } from '../stand-ins/resources.ts'
import { serveVirtHandler, virtHandlerOf } from './virt-handler.ts'

test('virt-handler shows the certificate that KubeVirt keeps for it, and answers to KubeVirt’s own client alone', async (t) => {
  const now = systemClock.now()
  const [authority, other] = await Promise.all([makeAuthority('kubevirt.io', now), makeAuthority('kubevirt.io', now)])
  const shown = await issueCertificate(authority, { subject: 'CN=kubevirt.io:system:node:virt-handler', names: ['localhost'], now })
  const { send, transport } = testServer()
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubevirt' } })
  await send('POST', '/api/v1/namespaces/kubevirt/secrets', {
    apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'kubevirt-virt-handler-server-certs' },
    data: { 'tls.crt': base64(shown.certificate), 'tls.key': base64(shown.key) },
  })
  await send('POST', '/api/v1/namespaces/kubevirt/configmaps', {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kubevirt-ca' }, data: { 'ca-bundle': authority.pem },
  })
  const asked: string[] = []
  const acts = ({ path }: { path: string }) => (asked.push(path), Promise.resolve(textResponse(202, '')))
  const server = await serveVirtHandler(createClient(transport), acts, { address: '127.0.0.1', port: 0 })
  t.teardown(server.close)
  const put = async (from: typeof authority, name: string) => {
    const { certificate: cert, key } = await issueCertificate(from, { subject: `CN=${name}`, names: [], now })
    const dispatcher = new Agent({ connect: { ca: authority.pem, servername: 'localhost', cert, key } })
    t.teardown(() => dispatcher.destroy())
    return request(`${server.url}/v1/namespaces/a/virtualmachineinstances/web/reset`, { method: 'PUT', dispatcher })
  }
  await t.throwsAsync(put(other, 'kubevirt.io:system:client:virt-handler'))
  t.is((await put(authority, 'kubevirt.io:system:client:somebody')).statusCode, 403)
  t.deepEqual(asked, [])
  t.is((await put(authority, 'kubevirt.io:system:client:virt-handler')).statusCode, 202)
  t.deepEqual(asked, ['/v1/namespaces/a/virtualmachineinstances/web/reset'])
})

test('what a node reports is said in the name of its virt-handler, the node’s own name with it', async (t) => {
  const seen: ApiRequest[] = []
  const answer = (request: ApiRequest) => (seen.push(request), Promise.resolve({ status: 200, headers: {}, body: {} }))
  const transport = { request: answer } as unknown as Transport
  const handlerOf = virtHandlerOf(transport)
  t.is(handlerOf('node-a1'), handlerOf('node-a1'))
  await handlerOf('node-a1').get(resources.pods, { namespace: 'a', name: 'p' })
  t.deepEqual(seen[0]?.headers, {
    'impersonate-user': 'system:serviceaccount:kubevirt:kubevirt-handler',
    'impersonate-extra-authentication.kubernetes.io%2fnode-name': 'node-a1',
  })
})
