import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { chooseKubernetes } from './choice.ts'

test('where nothing is said the control plane is built', (t) => {
  t.deepEqual(chooseKubernetes({ KUBECONFIG: '/home/me/.kube/config' }), { kind: 'built' })
})

test('a cluster that runs is used only where that is asked for in so many words, and beats all else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'choice-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, '')
  t.deepEqual(chooseKubernetes({ KUBECONFIG: kubeconfig, E2E_EXISTING: '1', KUBEBUILDER_ASSETS: folder }), { kind: 'existing', kubeconfig })
  t.throws(() => chooseKubernetes({ E2E_EXISTING: '1' }), { message: /KUBECONFIG, which is not set/ })
  t.throws(() => chooseKubernetes({ E2E_EXISTING: '1', KUBECONFIG: join(folder, 'none') }), { message: /is not there/ })
})

test("of a folder of Kubernetes' programs all four are needed, and what it lacks is named with the way out", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'choice-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const name of ['etcd', 'kube-apiserver', 'kubectl']) await writeFile(join(folder, name), '')
  const given = { KUBEBUILDER_ASSETS: folder }
  t.throws(() => chooseKubernetes(given), { message: /has no kube-controller-manager, kube-scheduler\. .*leave KUBEBUILDER_ASSETS unset/ })
  for (const name of ['kube-controller-manager', 'kube-scheduler']) await writeFile(join(folder, name), '')
  t.like(chooseKubernetes(given), { kind: 'assets', programs: { etcd: join(folder, 'etcd'), 'kube-scheduler': join(folder, 'kube-scheduler') } })
})
