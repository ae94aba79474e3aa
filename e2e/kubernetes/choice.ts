import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildControlPlane } from './build.ts'

/** Where the Kubernetes of the tests comes from. */
export type Choice =
  /** A cluster that runs, without KubeVirt: the tests clean up after themselves, one file after the other. */
  | { kind: 'existing'; kubeconfig: string }
  /** Kubernetes' own programs, in a folder. */
  | { kind: 'assets'; programs: Record<Component, string> }
  /** Our program that holds them all. */
  | { kind: 'built' }

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
export type Component = (typeof components)[number]

/**
 * By the environment: a cluster that KUBECONFIG names with E2E_EXISTING=1; programs in KUBEBUILDER_ASSETS, as envtest has them; else what we build.
 * @throws Error that says what is missing.
 */
export const chooseKubernetes = (environment: Record<string, string | undefined>): Choice => {
  if (environment['E2E_EXISTING'] === '1') {
    const kubeconfig = environment['KUBECONFIG']
    if (!kubeconfig) throw new Error('E2E_EXISTING=1 means the cluster of KUBECONFIG, which is not set.')
    if (!existsSync(kubeconfig)) throw new Error(`KUBECONFIG names ${kubeconfig}, which is not there.`)
    return { kind: 'existing', kubeconfig }
  }
  const folder = environment['KUBEBUILDER_ASSETS']
  if (!folder) return { kind: 'built' }
  const missing = components.filter((name) => !existsSync(join(folder, name)))
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS=${folder} has no ${missing.join(', ')}. ${advice}`)
  return { kind: 'assets', programs: Object.fromEntries(components.map((name) => [name, join(folder, name)])) as Record<Component, string> }
}

const advice = 'envtest brings etcd and kube-apiserver alone; scheduling, binding and garbage collection need the other two, which the kubernetes-server '
  + 'tarball of the same release has. Put them there, or leave KUBEBUILDER_ASSETS unset to have the control plane built.'

/** Builds what is to be built, before the first test asks for it. */
export const prepareKubernetes = async (say: (line: string) => void): Promise<Choice> => {
  const choice = chooseKubernetes(process.env)
  if (choice.kind === 'built') await buildControlPlane(say)
  return choice
}
