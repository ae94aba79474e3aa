import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parseAllDocuments } from 'yaml'
import { qemuInstalled } from '../../sandbox/hypervisor/qemu.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { startControlPlane } from '../control-plane.ts'
import { freePorts } from '../free-ports.ts'
import { createGuestLogin } from '../guest-login.ts'
import { kubectlOn } from '../kubectl.ts'

const withQemu = qemuInstalled() ? test : test.skip

type Manifest = { kind: string; metadata: { name: string }; spec: Record<string, unknown> }

withQemu('what a real guest wrote is in every instance of the image that is made of it, and in itself when it is back', async t => {
  // Three guests boot, by software where there is no KVM.
  t.timeout(600_000)
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-guest-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const { kubectl: binary } = await installKubectl()
  const [port = 0] = await freePorts(1)
  const guests = await createGuestLogin(directory)
  const plane = await startControlPlane({
    data: join(directory, 'data'), kubeconfig, kubectl: binary, hypervisor: 'qemu', sandboxArguments: ['--image-port', `${port}`], step: () => undefined,
  })
  t.teardown(async () => {
    await plane.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  })
  const kubectl = kubectlOn(binary, kubeconfig)
  const apply = (...items: object[]) => kubectl.run(['apply', { apiVersion: 'v1', kind: 'List', items }])
  const ready = (reference: string) => kubectl.run(['wait', '--for=condition=Ready', reference, '--timeout=180s'])
  const endpointOf = (name: string) =>
    kubectl.run(['get', 'virtualmachineinstance', name, '-o', 'jsonpath={.metadata.annotations.sandbox\\.kumulus\\.dev/ssh-endpoint}'])
  const runIn = async (name: string, command: string) => guests.run(await endpointOf(name), command)

  const quickstart = parseAllDocuments(await readFile('examples/quickstart.yaml', 'utf8')).map(document => document.toJS() as Manifest)
  const spec: Record<string, object> = { KeyPair: { publicKey: guests.publicKey }, Image: { source: { http: { url: plane.imageURL } } } }
  await apply(...quickstart.map(each => ({ ...each, spec: { ...each.spec, ...spec[each.kind] } })))
  await ready('instance/web')
  const hash = await runIn('web', 'dd if=/dev/urandom of=/var/payload bs=64k count=16 2>/dev/null && sync && sha256sum /var/payload')
  t.regex(hash, /^[0-9a-f]{64} /)

  await apply({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'Image', metadata: { name: 'golden' }, spec: { source: { instanceRef: { name: 'web' } } } })
  await ready('image/golden')
  const web = quickstart.find(({ kind }) => kind === 'Instance')
  await apply({ ...web, metadata: { name: 'clone' }, spec: { ...web?.spec, imageRef: { name: 'golden' }, privateIPAddress: '10.0.1.6' } })
  await ready('instance/clone')
  t.is(await runIn('clone', 'sha256sum /var/payload'), hash)
  await ready('instance/web')
  t.is(await runIn('web', 'sha256sum /var/payload'), hash)
})
