import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { helm, releaseNamespace } from '../../charts/testing/helm.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { identity, startCluster, startProbed, type ClusterKind } from '../control-plane.ts'
import { freePorts } from '../free-ports.ts'
import { kubectlOn, type Kubectl } from '../kubectl.ts'
import type { Program } from '../processes.ts'

/**
 * A cluster, and Helm in front of it. No kubelet runs a pod here: the programs are started beside the cluster with what the release's
 * Deployments say, as the ServiceAccounts that these name.
 */
export type ReleaseCluster = {
  kubectl: Kubectl
  imageURL: string
  /** Values that every release here needs: where the programs are reached, and where the images are. */
  values: string[]
  /** Runs helm on the release in its namespace, for example `helm('upgrade', chart, '--set', …)`. */
  helm: (command: 'install' | 'upgrade' | 'rollback' | 'uninstall', ...args: string[]) => Promise<string>
  /** Starts what the Deployments say now, in place of what ran before. */
  startPrograms: () => Promise<void>
  stopPrograms: () => Promise<void>
  stop: () => Promise<void>
}

export const startReleaseCluster = async (kind: ClusterKind): Promise<ReleaseCluster> => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-release-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const data = join(directory, 'data')
  await mkdir(data)
  const cluster: Program[] = []
  const programs: Program[] = []
  const { kubectl: binary } = await installKubectl()
  const kubectl = kubectlOn(binary, kubeconfig)
  const [imagePort = 0, webhook = 0] = await freePorts(2)
  const args = ['--hypervisor', 'simulated', '--image-port', `${imagePort}`]
  const { imageURL } = await startCluster(kind, { data, kubeconfig, args, step: () => {}, started: (program) => void cluster.push(program) })
    .catch(async (error: unknown) => {
      await end(cluster)
      throw error
    })
  await kubectl.run(['create', 'namespace', releaseNamespace])
  await kubectl.run(['label', 'namespace', releaseNamespace, 'pod-security.kubernetes.io/enforce=restricted'])
  return {
    kubectl,
    imageURL,
    values: ['--set', `admission.url=https://127.0.0.1:${webhook}`, '--set', `images.sources={${new URL('/', imageURL).href}}`, '--set', 'accounts={default}'],
    helm: (command, ...rest) => helm([command, 'kumulus', '--namespace', releaseNamespace, ...rest], { KUBECONFIG: kubeconfig }),
    startPrograms: async () => {
      await end(programs)
      const start = programStarter({ data, kubeconfig, kubectl })
      programs.push(...await Promise.all([
        start('operator', 'operator/main.ts', { catalog: await mountedCatalog(kubectl, data) }),
        start('admission', 'webhooks/main.ts', { 'listen-address': `127.0.0.1:${webhook}` }),
      ]))
    },
    stopPrograms: () => end(programs),
    stop: async () => {
      await end(programs)
      await end(cluster)
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

const end = async (programs: Program[]): Promise<void> => {
  for (const program of programs.splice(0).toReversed()) await program.kill()
}

/** Starts a program with what its Deployment says, but for addresses, which have to be free on this machine, and where files are. */
const programStarter = ({ data, kubeconfig, kubectl }: { data: string; kubeconfig: string; kubectl: Kubectl }) =>
  async (name: string, script: string, places: Record<string, string>): Promise<Program> => {
    const [probes = 0] = await freePorts(1)
    const flags = { 'metrics-address': '127.0.0.1:0', 'probe-address': `127.0.0.1:${probes}`, ...places }
    const said = await argumentsOf(kubectl, `kumulus-${name}`)
    const kept = said.filter((each) => !Object.keys(flags).some((flag) => each.startsWith(`--${flag}=`)))
    const account = await identity(`kumulus-${name}`, data, kubeconfig, (...rest) => kubectl.run(rest))
    return startProbed(name, script, ['--kubeconfig', account, ...kept, ...Object.entries(flags).map((pair) => `--${pair.join('=')}`)], data, probes)
  }

/** The file of the catalogue, as a kubelet mounts it. */
const mountedCatalog = async (kubectl: Kubectl, data: string): Promise<string> => {
  const file = join(data, 'catalog.yaml')
  await writeFile(file, await kubectl.run(['get', 'configmap', 'kumulus-catalog', '-n', releaseNamespace, '-o', 'jsonpath={.data.catalog\\.yaml}']))
  return file
}

/** The flags that a Deployment starts its program with. */
const argumentsOf = async (kubectl: Kubectl, deployment: string): Promise<string[]> =>
  JSON.parse(await kubectl.run(['get', 'deployment', deployment, '-n', releaseNamespace, '-o', 'jsonpath={.spec.template.spec.containers[0].args}'])) as string[]
