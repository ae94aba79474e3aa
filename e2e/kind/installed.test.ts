import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { startControlPlane, type ControlPlane } from '../control-plane.ts'
import { kubectlOn } from '../kubectl.ts'
import { takeInstalled } from './installed.ts'

let plane: ControlPlane
let binary: string
let folder: string
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kumulus-installed-'))
  binary = (await installKubectl()).kubectl
  plane = await startControlPlane({ data: join(folder, 'data'), kubeconfig: join(folder, 'kubeconfig'), kubectl: binary, hypervisor: 'simulated', step: () => {} })
})
test.after.always(async () => {
  await plane?.stop()
  await rm(folder, { recursive: true, force: true })
})

const vpc = (name: string) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: { name }, spec: { cidrBlocks: ['10.0.0.0/16'] } })

test.serial('the tests leave the cluster that they ran on as they found it', async (t) => {
  const admin = kubectlOn(binary, plane.kubeconfig)
  await admin.run(['create', 'namespace', 'somebody'])
  const installed = await takeInstalled(binary, plane.kubeconfig)
  await installed.kubectl.run(['create', 'namespace', 'alpha'])
  await installed.kubectl.run(['apply', '-n', 'default', vpc('main')])
  await installed.stop()
  t.is((await admin.run(['get', 'vpcs.kumulus.dev,securitygroups.kumulus.dev', '-A', '-o', 'name'])).trim(), '')
  t.regex(await admin.fails(['get', 'namespace', 'alpha']), /NotFound/)
  t.regex(await admin.run(['get', 'namespace', 'somebody', '-o', 'name']), /somebody/)
})

test.serial('a cluster whose namespace default is in use is not touched', async (t) => {
  const admin = kubectlOn(binary, plane.kubeconfig)
  await admin.run(['apply', '-n', 'default', vpc('precious')])
  await t.throwsAsync(takeInstalled(binary, plane.kubeconfig), { message: /vpc\.kumulus\.dev\/precious/ })
  t.regex(await admin.run(['get', 'vpcs.kumulus.dev', '-n', 'default', '-o', 'name']), /precious/)
})

/** A kubectl that only notes what it is asked. */
const noting = async (t: { teardown: (end: () => Promise<void>) => void }) => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-noting-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const [program, log] = [join(directory, 'kubectl'), join(directory, 'log')]
  await writeFile(program, `#!/bin/sh\ncat >/dev/null\necho "$*" >>'${log}'\ncase "$*" in api-resources*) echo vpcs.kumulus.dev;; *jsonpath*) printf 3;; esac\n`, { mode: 0o755 })
  const installed = await takeInstalled(program, '/nowhere')
  await rm(log)
  return { ...installed, asked: async () => (await readFile(log, 'utf8')).trim().split('\n') }
}

test('what is waited for may take longer than on the sandbox', async (t) => {
  const { kubectl, asked } = await noting(t)
  await kubectl.run(['wait', 'instance/web', '--for=condition=Ready', '--timeout=120s'])
  t.deepEqual(await asked(), ['wait instance/web --for=condition=Ready --timeout=600s'])
})

test('a program that a test leaves killed is there again for the next', async (t) => {
  const { admission, stop, asked } = await noting(t)
  await admission.kill()
  await stop()
  const lines = await asked()
  t.true(lines.includes('scale deployment/kumulus-admission -n kumulus-system --replicas=3'), lines.join('\n'))
  t.false(lines.some((line) => line.includes('kumulus-operator')))
})

test('a program that is killed stays away until it is started again, and then as many as before', async (t) => {
  const { operator, asked } = await noting(t)
  await operator.kill('SIGKILL')
  await operator.start()
  const verbs = (await asked()).map((line) => line.replace(/ -n kumulus-system| -l \S+/g, ''))
  t.deepEqual(verbs, [
    'get deployment/kumulus-operator -o jsonpath={.spec.replicas}', 'scale deployment/kumulus-operator --replicas=0',
    'delete pod --grace-period=0 --force --ignore-not-found', 'wait pod --for=delete --timeout=300s',
    'scale deployment/kumulus-operator --replicas=3', 'rollout status deployment/kumulus-operator --timeout=300s',
  ])
})
