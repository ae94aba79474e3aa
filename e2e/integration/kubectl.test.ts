import test from 'ava'
import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCloud, type Cloud } from '../cloud.ts'

let cloud: Cloud
let directory: string
test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kumulus-kubectl-'))
  cloud = await startCloud()
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.wait('instance/web', 'condition=Ready')
})
test.after.always(async () => {
  await cloud?.stop()
  await rm(directory, { recursive: true, force: true })
})

test('explain describes a field with its units', async (t) => {
  t.regex(await cloud.kubectl('explain', 'instance.spec.blockDevices.throughput'), /MiB/)
  t.regex(await cloud.kubectl('explain', 'instance'), /KIND:\s+Instance[\s\S]*FIELDS/)
})

test('every kind is found by its short name and in the category kumulus', async (t) => {
  const resources = await cloud.kubectl('api-resources', '--api-group=kumulus.dev', '--no-headers')
  for (const name of ['inst', 'ia', 'itype', 'ami', 'kp', 'vol', 'va', 'vtype', 'snap', 'vpc', 'subnet', 'sg']) {
    t.regex(resources, new RegExp(`\\s${name}\\s`), name)
  }
  t.regex(await cloud.kubectl('get', 'kumulus'), /instance\.kumulus\.dev\/web/)
})

test('a kind whose name Kubernetes has too is meant by its group or its short name', async (t) => {
  const spec = { volumeRef: { name: 'none' }, instanceRef: { name: 'web' }, device: '/dev/sdf' }
  await cloud.kubectl('apply', { apiVersion: 'kumulus.dev/v1alpha1', kind: 'VolumeAttachment', metadata: { name: 'web-data' }, spec })
  t.regex(await cloud.fails('get', 'volumeattachment/web-data'), /volumeattachments\.storage\.k8s\.io "web-data" not found/)
  for (const name of ['va', 'volumeattachments.kumulus.dev']) {
    t.regex(await cloud.kubectl('wait', `${name}/web-data`, '--for=jsonpath={.metadata.name}=web-data', '--timeout=10s'), /volumeattachment\.kumulus\.dev\/web-data condition met/)
  }
  await cloud.kubectl('delete', 'va', 'web-data')
})

test.serial('diff shows a change and nothing when there is none', async (t) => {
  const applied = await template()
  t.is((await cloud.kubectl('diff', { ...applied, metadata: { name: 'web' } })).trim(), '')
  const changed = await cloud.fails('diff', { ...applied, metadata: { name: 'web' }, spec: { ...applied.spec, tags: { Name: 'other' } } })
  t.regex(changed, /\+\s+Name: other/)
})

test.serial('edit changes an object in an editor', async (t) => {
  const editor = join(directory, 'editor.sh')
  await writeFile(editor, '#!/bin/sh\nsed -i "s/disableAPIStop: false/disableAPIStop: true/" "$1"\n', { mode: 0o755 })
  await cloud.kubectlWith({ env: { KUBE_EDITOR: editor } }, 'edit', 'instance', 'web')
  t.like(await cloud.get('instance/web'), { spec: { disableAPIStop: true } })
  await cloud.patch('instance/web', { spec: { disableAPIStop: false } })
})

test.serial('server-side apply by two managers conflicts by name and yields to force', async (t) => {
  const tags = (team: string) => ({
    apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: { name: 'main' }, spec: { cidrBlocks: ['10.0.0.0/16'], tags: { team } },
  })
  await cloud.kubectl('apply', '--server-side', '--field-manager=one', '--force-conflicts', tags('one'))
  const conflict = await cloud.fails('apply', '--server-side', '--field-manager=two', tags('two'))
  t.regex(conflict, /conflict with "one"/)
  await cloud.kubectl('apply', '--server-side', '--field-manager=two', '--force-conflicts', tags('two'))
  t.like(await cloud.get('vpc.kumulus.dev/main'), { spec: { tags: { team: 'two' } } })
})

test.serial('get -w streams the way of an instance from pending to running', async (t) => {
  const watch = cloud.follow('get', 'instances', '-w', '--output-watch-events')
  const { spec: { privateIPAddress: _, ...spec }, ...rest } = await template()
  await cloud.apply({ ...rest, metadata: { name: 'watched' }, spec })
  await watch.until(/watched\s+running/)
  watch.stop()
  t.regex(watch.output(), /ADDED\s+watched/)
  t.regex(watch.output(), /watched\s+pending/)
  await cloud.kubectl('delete', 'instance', 'watched', '--timeout=60s')
})

test('logs show the console of the guest', async (t) => {
  t.regex(await cloud.kubectl('logs', '-l', 'kumulus.dev/owner-name=web', '-c', 'guest-console-log'), /\S/)
})

test('delete waits until the object is gone', async (t) => {
  await cloud.apply({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: { name: 'short' }, spec: { cidrBlocks: ['172.16.0.0/16'] } })
  await cloud.wait('vpc.kumulus.dev/short', 'condition=Ready')
  await cloud.kubectl('delete', 'vpc.kumulus.dev', 'short', '--timeout=30s')
  t.regex(await cloud.fails('get', 'vpc.kumulus.dev', 'short'), /NotFound/)
})

test('an unknown resource is answered as on a real cluster', async (t) => {
  t.regex(await cloud.fails('get', 'spaceships'), /the server doesn't have a resource type "spaceships"/)
})

/** The quickstart's Instance, as it was applied. */
const template = async () => {
  const live = (await cloud.get('instance/web')) as { metadata: { annotations: Record<string, string> } }
  const applied = JSON.parse(live.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'] ?? '{}') as {
    apiVersion: string; kind: string; spec: Record<string, unknown>
  }
  return { apiVersion: applied.apiVersion, kind: applied.kind, spec: applied.spec }
}
