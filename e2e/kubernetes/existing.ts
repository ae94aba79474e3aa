import { writeFile } from 'node:fs/promises'
import { basicStorageClassName, storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import { basicDriver, driver, isPlayed } from '../../sandbox/stand-ins/csi/drivers.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { kubectlOn } from '../kubectl.ts'
import type { Program } from '../processes.ts'

/** A cluster that was there before and goes on without us. What has to be tidied up is told as programs to be ended, among the real ones. */
export type Existing = {
  /** Ended while the operator runs: every object of ours. */
  objects: Program
  /** Ended while the stand-ins run: the definitions that came with us, and what of them is left. */
  definitions: Program
  /** Ended last: nodes that nobody keeps alive any more, and the API that nobody serves. */
  machines: Program
}

/** Whether the cluster brings virt-api and virt-controller, of which the tests then bring none. */
export const hasKubeVirt = (): boolean => process.env['E2E_KUBEVIRT'] === 'installed'

/** Whether the cluster brings Kube-OVN's controller, of which the tests then bring no part. */
export const hasKubeOVN = (): boolean => process.env['E2E_KUBE_OVN'] === 'installed'

/**
 * Takes a cluster for the tests.
 * @param copy - where a kubeconfig of it alone is written, with everything in it.
 * @throws Error where it has KubeVirt or Kube-OVN and is not to have it, for the stand-ins would be one too many; or the other way round.
 */
export const takeExisting = async (kubeconfig: string, copy: string): Promise<Existing> => {
  const { kubectl: binary } = await installKubectl()
  const run = (...args: string[]) => kubectlOn(binary, kubeconfig).run(args)
  await writeFile(copy, await run('config', 'view', '--raw', '--flatten', '--minify'), { mode: 0o600 })
  const before = await definitionsOf(run)
  if (hasKubeVirt()) await checkKubeVirt(run, kubeconfig)
  else if (before.some((name) => name.endsWith('.kubevirt.io'))) throw new Error(`The cluster of ${kubeconfig} has KubeVirt. These tests bring a stand-in for it.`)
  if (hasKubeOVN()) await checkKubeOVN(run, kubeconfig)
  else if (before.some((name) => name.endsWith('.kubeovn.io'))) throw new Error(`The cluster of ${kubeconfig} has Kube-OVN. These tests bring a stand-in for it.`)
  return {
    objects: ending('objects of the tests', () => removeObjects(run)),
    definitions: ending('definitions of the tests', () => removeDefinitions(run, before)),
    machines: ending('nodes of the tests', () => removeMachines(run)),
  }
}

type Run = (...args: string[]) => Promise<string>

/** virt-api must be there to judge, and it is what answers for the subresources. */
const checkKubeVirt = async (run: Run, kubeconfig: string): Promise<void> => {
  const said = async (...args: string[]) => run('get', ...args, '--ignore-not-found')
  const phase = await said('kubevirts.kubevirt.io', '-n', 'kubevirt', '-o', 'jsonpath={.items[0].status.phase}').catch(() => '')
  const available = await said('apiservice', 'v1.subresources.kubevirt.io', '-o', 'jsonpath={.status.conditions[?(@.type=="Available")].status}')
  const webhooks = await said('validatingwebhookconfiguration', 'virt-api-validator', '-o', 'name')
  if (phase !== 'Deployed' || available !== 'True' || webhooks === '') {
    throw new Error(`The cluster of ${kubeconfig} has no KubeVirt that works: its KubeVirt object says "${phase}", `
      + `v1.subresources.kubevirt.io is ${available === 'True' ? '' : 'not '}available, virt-api-validator is ${webhooks === '' ? 'not ' : ''}there.`)
  }
}

/** Its controller has made the first router once it runs. */
const checkKubeOVN = async (run: Run, kubeconfig: string): Promise<void> => {
  const standby = await run('get', 'vpcs.kubeovn.io', 'ovn-cluster', '-o', 'jsonpath={.status.standby}').catch(() => '')
  if (standby !== 'true') throw new Error(`The cluster of ${kubeconfig} has no Kube-OVN that works: its Vpc ovn-cluster is not there or not standing by.`)
}

const ending = (name: string, kill: () => Promise<void>): Program =>
  ({ name, kill, pid: () => undefined, start: () => Promise.resolve(), tail: () => Promise.resolve('') })

const namesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')
const definitionsOf = async (run: Run): Promise<string[]> => namesOf(await run('get', 'customresourcedefinitions', '-o', 'name'))
const gone = ['--ignore-not-found', '--timeout=120s'] as const

/** What the operator says of the installation: it comes back as long as there is an operator. */
const installation = 'kumulus.kumulus.dev/'

/** What protects itself while another needs it goes with that: so again, until nothing is left. */
const removeObjects = async (run: Run): Promise<void> => {
  await liftProtection(run)
  const left = async () => namesOf(await run('get', 'kumulus', '--all-namespaces', '-o', 'name')).filter((name) => !name.startsWith(installation))
  for (let round = 0; (await left()).length > 0; round++) {
    const last = run('delete', 'kumulus', '--all', '--all-namespaces', ...gone)
    await (round < 5 ? last.catch(() => undefined) : last)
  }
}

/** An instance that is protected would outlive every round. */
const liftProtection = async (run: Run): Promise<void> => {
  const { items } = JSON.parse(await run('get', 'instances.kumulus.dev', '-A', '-o', 'json')) as { items: { metadata: { namespace: string; name: string } }[] }
  for (const { metadata: { namespace, name } } of items) {
    await run('patch', 'instances.kumulus.dev', name, '-n', namespace, '--type=merge', '-p', '{"spec":{"disableAPITermination":false}}')
  }
}

const removeDefinitions = async (run: Run, before: readonly string[]): Promise<void> => {
  await run('delete', 'validatingwebhookconfigurations,mutatingwebhookconfigurations', 'kumulus', ...gone)
  const label = ['-l', 'app.kubernetes.io/part-of=kumulus'] as const
  const bindings = JSON.parse(await run('get', 'rolebindings', '-A', ...label, '-o', 'json')) as { items: { metadata: { namespace: string } }[] }
  const namespaces = new Set(bindings.items.map(({ metadata }) => metadata.namespace))
  await run('delete', 'rolebindings', '-n', 'default', ...label, ...gone)
  for (const namespace of namespaces) if (namespace !== 'default') await run('delete', 'namespace', namespace, ...gone)
  await run('delete', 'clusterroles,clusterrolebindings', ...label, ...gone)
  await removeVolumes(run)
  const ours = (await definitionsOf(run)).filter((name) => !before.includes(name))
  if (ours.length > 0) await run('delete', ...ours, ...gone)
}

/** Those that outlived what they were of: the storage that has their bytes ends with the tests. */
const removeVolumes = async (run: Run): Promise<void> => {
  const { items } = JSON.parse(await run('get', 'persistentvolumes', '-o', 'json')) as { items: { metadata: { name: string }; spec: { csi?: { driver: string } } }[] }
  const left = items.filter(({ spec }) => isPlayed(spec.csi?.driver)).map(({ metadata }) => metadata.name)
  if (left.length > 0) await run('delete', 'persistentvolumes', ...left, ...gone)
}

const removeMachines = async (run: Run): Promise<void> => {
  if (!hasKubeVirt()) {
    await run('delete', 'apiservice', 'v1.subresources.kubevirt.io', ...gone)
    await run('delete', 'mutatingwebhookconfiguration/virt-api-mutator', 'validatingwebhookconfiguration/virt-api-validator', ...gone)
  }
  await run('delete', 'nodes', '-l', 'topology.sandbox.kumulus.dev/zone', ...gone)
  const classes = [storageClassName, basicStorageClassName].map((name) => `storageclass/${name}`)
  await run('delete', ...classes, ...[driver, basicDriver].map((name) => `csidriver/${name}`), ...gone)
  await run('delete', 'namespace', ...(hasKubeVirt() ? [] : ['kubevirt']), 'cdi', ...gone)
}
