/** What the image holds, run as it is there: from a folder that has nothing else, forbidden to write any file. */
import { execFile } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { programNames } from '../../images/programs.ts'
import { writeTree } from '../../images/tree.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { identity, startCluster, startProbed } from '../control-plane.ts'
import { freePorts } from '../free-ports.ts'
import { kubectlOn, type Kubectl } from '../kubectl.ts'
import type { Program } from '../processes.ts'

const NAMESPACE = 'kumulus-system'

/** Node's own guard in place of a read-only file system. */
const readOnly = { NODE_OPTIONS: '--permission --allow-fs-read=* --allow-net', NODE_COMPILE_CACHE: '' }

let folder: string
let data: string
let kubectl: Kubectl
let imageURL: string
const programs: Program[] = []
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kumulus-bundles-'))
  data = join(folder, 'data')
  await mkdir(data)
  await writeTree(join(folder, 'image'))
  kubectl = kubectlOn((await installKubectl()).kubectl, join(folder, 'kubeconfig'))
  const [imagePort = 0] = await freePorts(1)
  const args = ['--hypervisor', 'simulated', '--image-port', `${imagePort}`]
  const cluster = await startCluster('sandbox', { data, kubeconfig: join(folder, 'kubeconfig'), args, step: () => {}, started: (program) => void programs.push(program) })
  imageURL = cluster.imageURL
  await kubectl.run(['apply', '--server-side', '-f', 'crds/generated'])
  await kubectl.run(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
  await kubectl.run(['create', 'namespace', NAMESPACE])
  await kubectl.run(['apply', '-f', 'charts/kumulus/files/access/operator.yaml', '-f', 'charts/kumulus/files/access/admission.yaml'])
  await kubectl.run(['apply', '-n', 'default', '-f', 'charts/kumulus/files/access/account.yaml'])
})
test.after.always(async () => {
  for (const program of programs.toReversed()) await program.kill()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

const tokenFile = (name: string) => identity(`kumulus-${name}`, data, join(folder, 'kubeconfig'), (...args) => kubectl.run(args))

/** @returns where its metrics are. */
const start = async (name: string, kubeconfig: string, flags: string[], env: Record<string, string>): Promise<string> => {
  const [probes = 0, metrics = 0] = await freePorts(2)
  const addresses = ['--probe-address', `127.0.0.1:${probes}`, '--metrics-address', `127.0.0.1:${metrics}`]
  const common = ['--kubeconfig', kubeconfig, '--image-sources', new URL('/', imageURL).href, ...addresses]
  programs.push(await startProbed(name, join(folder, `image/${name}.js`), [...common, ...flags], data, probes, env))
  return `http://127.0.0.1:${metrics}/metrics`
}

for (const program of programNames) {
  test(`the ${program} of the image says what it takes`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, `image/${program}.js`), '--help'], { cwd: folder, env: { ...process.env, ...readOnly } })
    t.regex(stdout, new RegExp(`Usage: ${program} \\[flags\\][\\s\\S]*${program === 'resolver' ? '--domain NAME' : '--kubeconfig FILE'}`))
  })
}

test('the DNS server of the image answers, with nothing beside it and no file written', async (t) => {
  const [port = 0, probes = 0] = await freePorts(2)
  const flags = ['--domain', 'main.internal', '--blocks', '127.0.0.0/16', '--network', '127.0.0.0/16', '--upstreams', '192.0.2.53', '--port', `${port}`]
  programs.push(await startProbed('resolver', join(folder, 'image/resolver.js'), [...flags, '--probe-address', `127.0.0.1:${probes}`], folder, probes, readOnly))
  const client = new Resolver({ timeout: 3000, tries: 1 })
  client.setServers([`127.0.0.1:${port}`])
  t.deepEqual(await client.resolve4('ip-127-0-1-5.main.internal'), ['127.0.1.5'])
})

test.serial('the programs of the image launch an instance, with nothing beside them and no file written', async (t) => {
  const [webhook = 0] = await freePorts(1)
  const pages = await Promise.all([
    start('operator', await tokenFile('operator'), ['--webhook-url', `https://127.0.0.1:${webhook}`], readOnly),
    start('admission', await tokenFile('admission'), ['--listen-address', `127.0.0.1:${webhook}`], readOnly),
  ])
  const text = (await readFile('examples/quickstart.yaml', 'utf8')).replace(/url: http:\S+/, `url: ${imageURL}`)
  const items = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>)
  await kubectl.run(['apply', '-n', 'default', { apiVersion: 'v1', kind: 'List', items }])
  await kubectl.run(['wait', 'instance/web', '--for=condition=Ready', '--timeout=120s'])
  t.is(await kubectl.run(['get', 'instance', 'web', '-o', 'jsonpath={.status.state} {.status.privateIPAddress}']), 'running 10.0.1.5')
  const refused = await kubectl.fails(['apply', { apiVersion: 'kumulus.dev/v1alpha1', kind: 'Subnet', metadata: { name: 'over' }, spec: { vpcRef: { name: 'main' }, availabilityZone: 'zone-a', cidrBlock: '10.0.1.128/25' } }])
  t.regex(refused, /cidrBlock[\s\S]*public-a/, 'the bundled admission server judges')
  for (const page of pages) t.regex(await (await fetch(page)).text(), /^nodejs_eventloop_lag_seconds [\s\S]*^process_cpu_seconds_total|^process_cpu_seconds_total [\s\S]*^nodejs_eventloop_lag_seconds /m)
})

test.serial('the operator of the image asks a plugin for its credentials, which is loaded for that alone', async (t) => {
  const plain = await tokenFile('operator')
  const config = parse(await readFile(plain, 'utf8')) as { users: { user: { token?: string; exec?: object } }[] }
  const [entry] = config.users
  t.truthy(entry?.user.token)
  if (entry === undefined) return
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: entry.user.token } }
  await writeFile(join(folder, 'credential.json'), JSON.stringify(credential))
  entry.user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'cat', args: [join(folder, 'credential.json')], interactiveMode: 'Never' } }
  await writeFile(join(folder, 'exec.kubeconfig'), stringify(config))
  // Without the Lease it never works; ready it is once it has read everything, which takes the token.
  await t.notThrowsAsync(start('operator', join(folder, 'exec.kubeconfig'), [], {}))
})
