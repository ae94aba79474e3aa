import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { KubeConfig } from '@kubernetes/client-node'
import { kubeConfigCredentials } from './credentials.ts'
import { plainConnection } from './plain-credentials.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const folder = await mkdtemp(join(tmpdir(), 'kumulus-credentials-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

let files = 0
const written = async (cluster: object, user: object | null): Promise<string> => {
  const file = join(folder, `config-${files++}`)
  const contexts = [{ name: 'one', context: { cluster: 'c', user: 'u' } }, { name: 'other', context: { cluster: 'c', user: 'nobody' } }]
  const config = {
    apiVersion: 'v1', kind: 'Config', 'current-context': 'one', contexts,
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }], users: [{ name: 'u', user }],
  }
  await writeFile(file, JSON.stringify(config))
  return file
}

test('a plain kubeconfig is read as the Kubernetes library reads it', async (t) => {
  await writeFile(join(folder, 'ca.crt'), 'ca of the file')
  await writeFile(join(folder, 'client.crt'), 'cert of the file')
  await writeFile(join(folder, 'client.key'), 'key of the file')
  const clusters = [
    {}, { 'certificate-authority-data': base64('ca') }, { 'certificate-authority': 'ca.crt' },
    { 'insecure-skip-tls-verify': true, 'tls-server-name': 'kubernetes' },
  ]
  const users = [
    {}, { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    { 'client-certificate': 'client.crt', 'client-key': join(folder, 'client.key') }, { token: 'secret' }, { username: 'me', password: 'pass' },
  ]
  for (const [cluster, user] of clusters.flatMap((cluster) => users.map((user) => [cluster, user] as const))) {
    const file = await written(cluster, user)
    const config = new KubeConfig()
    config.loadFromFile(file)
    const expected: Record<string, unknown> & { headers?: Record<string, string>; auth?: string } = {}
    await config.applyToHTTPSOptions(expected)
    const basic = expected.auth === undefined ? undefined : `Basic ${base64(expected.auth)}`
    const connection = await plainConnection({ file })
    t.is(connection?.server, 'https://10.0.0.1:6443')
    for (const part of ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const) t.deepEqual(connection?.[part], expected[part] as undefined, part)
    t.is(connection?.headers['authorization'], expected.headers?.['Authorization'] ?? basic)
  }
})

test('a token in a file is read anew every time', async (t) => {
  await writeFile(join(folder, 'token'), 'first\n')
  const credentials = kubeConfigCredentials({ file: await written({}, { tokenFile: 'token' }) })
  t.is((await credentials.load(false)).headers['authorization'], 'Bearer first')
  await writeFile(join(folder, 'token'), 'second\n')
  t.is((await credentials.load(false)).headers['authorization'], 'Bearer second')
})

test('a plugin is asked for a token', async (t) => {
  const plugin = join(folder, 'plugin.sh')
  const answer = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'of the plugin' } }
  await writeFile(plugin, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`)
  await chmod(plugin, 0o755)
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' }
  const connection = await kubeConfigCredentials({ file: await written({}, { exec }) }).load(false)
  t.is(connection.headers['authorization'], 'Bearer of the plugin')
})

test('another context of the file can be asked for, and one that is not there is an error that names it', async (t) => {
  const file = await written({}, { token: 'secret' })
  t.deepEqual((await kubeConfigCredentials({ file, context: 'other' }).load(false)).headers, {})
  await t.throwsAsync(kubeConfigCredentials({ file, context: 'missing' }).load(false), { message: /no cluster for its context "missing"/ })
})

test.serial('a pod uses its service account, and its token anew every time', async (t) => {
  const before = { ...process.env }
  try {
    Object.assign(process.env, { HOME: join(folder, 'nobody'), KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' })
    await writeFile(join(folder, 'ca.crt'), 'ca of the file')
    await writeFile(join(folder, 'token'), 'of the pod')
    const connection = await plainConnection({}, folder)
    t.is(connection?.server, 'https://10.96.0.1:443')
    t.is(connection?.headers['authorization'], 'Bearer of the pod')
    t.is(String(connection?.ca), 'ca of the file')
  } finally {
    process.env = before
  }
})
