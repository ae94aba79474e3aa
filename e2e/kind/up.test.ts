import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { only, rendered } from '../../charts/testing/helm.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createUpstreamServer, documentsIn } from '../upstream/upstream-server.ts'

const here = import.meta.dirname
const root = join(here, '../..')
const scripts = ['e2e/kind/up.sh', 'images/build.sh', 'sandbox/tools/debian.sh']

const pinned = Object.fromEntries([...readFileSync(join(here, 'versions.env'), 'utf8').matchAll(/^([A-Z_]+)=(.+)$/gm)].map(([, name = '', value = '']) => [name, value]))

const up = (args: string[], env: Record<string, string> = {}) => {
  const { stdout, stderr, status } = spawnSync('/bin/bash', [join(here, 'up.sh'), ...args], { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' })
  return { stdout, stderr, status, commands: stdout.split('\n').filter((line) => line.startsWith('+ ')).map((line) => line.slice(2)) }
}

const dry = up(['--dry-run'])

test('what would be done can be read before it is done', (t) => {
  t.is(dry.status, 0, dry.stderr)
  const at = (pattern: RegExp) => {
    const found = dry.commands.findIndex((command) => pattern.test(command))
    t.not(found, -1, `${pattern} is not in\n${dry.commands.join('\n')}`)
    return found
  }
  const order = [/kind-v\S+ create cluster/, /kube-ovn oci:/, /wait node --all/, /multus-daemonset-thick/, /deploy\/kubernetes-latest\/deploy\.sh/, /manifests\/storage\.yaml/,
    /kubevirt-operator\.yaml/, /manifests\/kubevirt\.yaml/, /wait kubevirt\/kubevirt/, /manifests\/storage-profile\.yaml/, /images\/build\.sh/, /load docker-image/, /charts\/kumulus/]
  const found = order.map(at)
  t.deepEqual(found, [...found].sort((a, b) => a - b), 'each after what it needs')
})

test('every version is pinned in one file, is used, and says where it is from', (t) => {
  const commands = dry.commands.join('\n')
  for (const [name, value] of Object.entries(pinned)) {
    if (name !== 'GUEST_IMAGE_URL') t.true(commands.includes(value), `${name} is not used`)
  }
  for (const url of commands.match(/https?:\/\/\S+/g) ?? []) t.true(Object.values(pinned).some((version) => url.includes(`/${version}`)), `${url} is at no pinned version`)
  const lines = readFileSync(join(here, 'versions.env'), 'utf8').trim().split('\n')
  lines.forEach((line, index) => {
    if (/^[A-Z_]+=/.test(line)) t.regex(lines[index - 1] ?? '', /^# /, `${line} says not where it is from`)
  })
})

test('on a cluster that is there only Kumulus is installed, and which cluster is never guessed', (t) => {
  const { commands, status } = up(['--dry-run'], { E2E_EXISTING: '1', KUBECONFIG: '/somebody/s/kubeconfig', IMAGE: 'registry.example:5000/kumulus:v1' })
  t.is(status, 0)
  t.deepEqual(commands.map((command) => command.split(' ')[0]), ['helm', 'kubectl', 'kubectl'])
  t.regex(commands[0] ?? '', /image\.repository=registry\.example:5000\/kumulus .*image\.tag=v1 /)
  const unnamed = up(['--dry-run'], { E2E_EXISTING: '1' })
  t.is(unnamed.status, 69)
  t.regex(unnamed.stderr, /KUBECONFIG, which is not set/)
})

test('where no container engine is, it says so and what else there is', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kumulus-path-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const program of ['dirname', 'uname', 'curl', 'tar', 'sha256sum', 'bash', 'sh']) {
    const found = spawnSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
    if (found !== '') symlinkSync(found, join(folder, program))
  }
  const without = up([], { PATH: folder })
  t.is(without.status, 69)
  t.regex(without.stderr, /needs docker.*E2E_EXISTING=1/)
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const silent = up([], { PATH: folder })
  t.is(silent.status, 69)
  t.regex(silent.stderr, /daemon does not answer/)
})

test('an unknown flag is refused with the known ones', (t) => {
  const { status, stderr } = up(['--dyr-run'])
  t.is(status, 64)
  t.regex(stderr, /--dry-run/)
})

test('the chart takes what it is installed with here', async (t) => {
  const [install = ''] = dry.commands.filter((command) => /charts\/kumulus/.test(command))
  const words = install.split(' ').map((word) => word.replaceAll('\\', ''))
  const values = words.flatMap((word, index) => (word.startsWith('--set') ? [word, words[index + 1] ?? ''] : []))
  t.is(values.length, 6)
  const manifests = await rendered(...values)
  const { spec } = only(manifests, 'Deployment', 'kumulus-operator') as unknown as { spec: { template: { spec: { containers: { image: string }[] } } } }
  t.is(spec.template.spec.containers[0]?.image, 'kumulus:e2e')
  t.truthy(manifests.find(({ kind, metadata }) => kind === 'RoleBinding' && metadata.namespace === 'default'))
})

const manifests = globSync('manifests/*.yaml', { cwd: here }).sort()

test('the manifests name what the commands wait for', (t) => {
  const objects = manifests.flatMap((file) => documentsIn(readFileSync(join(here, file), 'utf8')) as KubeObject[])
  const names = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata?.name}`)
  for (const name of ['kubevirt/kubevirt', 'cdi/cdi', 'storageprofile/standard', 'storageclass/standard']) t.true(names.includes(name), name)
  for (const [file] of dry.stdout.matchAll(/\S+\/e2e\/kind\/manifests\/\S+/g)) t.notThrows(() => readFileSync(file), file)
})

const upstream = process.env['UPSTREAM_CRDS']
test("the manifests are as upstream's CRDs want them", async (t) => {
  if (!upstream) return t.pass('set UPSTREAM_CRDS to a folder of the CustomResourceDefinitions of KubeVirt, CDI and CSI snapshots')
  const { refusalOf, kinds, close } = await createUpstreamServer(upstream)
  const objects = manifests.flatMap((file) => documentsIn(readFileSync(join(here, file), 'utf8')) as KubeObject[]).filter(({ kind }) => kinds.has(kind))
  t.deepEqual(objects.map(({ kind }) => kind).sort(), ['CDI', 'KubeVirt', 'StorageProfile', 'VolumeSnapshotClass'])
  for (const object of objects) t.is(await refusalOf(object), undefined, object.kind)
  await close()
})

test('the scripts are as shellcheck wants them', (t) => {
  if (spawnSync('shellcheck', ['--version']).status !== 0) return t.pass('shellcheck is not installed here')
  const { status, stdout } = spawnSync('shellcheck', ['--external-sources', ...scripts], { cwd: root, encoding: 'utf8' })
  t.is(status, 0, stdout)
})

type Workflow = { permissions: Record<string, string>; jobs: Record<string, { 'timeout-minutes'?: number; steps: { uses?: string; run?: string }[] }> }

test('the workflow runs what a change is judged by, and apart from it the tests with real guests', (t) => {
  const { jobs, permissions } = parse(readFileSync(join(root, '.github/workflows/ci.yaml'), 'utf8')) as Workflow
  t.deepEqual(permissions, { contents: 'read' })
  const runs = Object.values(jobs).map(({ steps }) => steps.map(({ run }) => run ?? '').join('\n'))
  t.is(runs.filter((run) => run.includes('.ci/run')).length, 1)
  t.is(runs.filter((run) => run.includes('make e2e')).length, 1)
  for (const { 'timeout-minutes': timeout, steps } of Object.values(jobs)) {
    t.truthy(timeout)
    for (const { uses } of steps) if (uses !== undefined) t.regex(uses, /^actions\/[a-z-]+@v\d+$/)
  }
})
