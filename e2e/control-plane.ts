import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { definitions } from '../crds/v1alpha1/index.ts'
import { writeKubeconfig } from '../sandbox/apiserver/kubeconfig.ts'
import { freePorts } from './free-ports.ts'
import { kubectlOn } from './kubectl.ts'
import { startKubernetes } from './kubernetes/control-plane.ts'
import { hasKubeOVN, hasKubeVirt } from './kubernetes/existing.ts'
import { answers, readyFileOf, startProgram, type Program } from './processes.ts'

export type ControlPlane = {
  imageURL: string
  /** Of the administrator. */
  kubeconfig: string
  /** The API server: the sandbox, or a whole real control plane; undefined where it is somebody else's. */
  apiServer: Program | undefined
  operator: Program
  admission: Program
  kubectl: (...args: string[]) => Promise<string>
  /** What a failure's report needs: the programs' last words and the cluster's last events. */
  report: () => Promise<string>
  stop: () => Promise<void>
}

const namespace = 'kumulus-system'

/** What the stand-ins and Kumulus run on: the sandbox's own API server, or a real control plane. */
export type ClusterKind = 'sandbox' | 'kubernetes'

/** Starts a cluster, and on it the operator and the admission server, each as a user of its own. */
export const startControlPlane = async (options: {
  /** Emptied first; state, kubeconfigs and logs go there. */
  data: string
  /** Where the administrator's kubeconfig is written. */
  kubeconfig: string
  /** The kubectl program. */
  kubectl: string
  /** Default: the sandbox. */
  cluster?: ClusterKind
  hypervisor: 'qemu' | 'simulated'
  /** More flags of the sandbox. */
  sandboxArguments?: string[]
  /** More flags of the operator. */
  operatorArguments?: string[]
  step: (line: string) => void
}): Promise<ControlPlane> => {
  const { data, kubeconfig, step } = options
  await rm(data, { recursive: true, force: true })
  await mkdir(data, { recursive: true, mode: 0o700 })
  const { run } = kubectlOn(options.kubectl, kubeconfig)
  const kubectl: ControlPlane['kubectl'] = (...args) => run(args)
  const programs: Program[] = []
  const started = (program: Program) => void programs.push(program)
  const stop = async () => {
    for (const program of programs.toReversed()) await program.kill()
  }
  try {
    const args = ['--hypervisor', options.hypervisor, ...(options.sandboxArguments ?? [])]
    const { apiServer, imageURL, objects } = await startCluster(options.cluster ?? 'sandbox', { data, kubeconfig, args, step, started })
    step('Installing the Kumulus CRDs and the roles of who uses and runs them')
    await kubectl('apply', '--server-side', '-f', 'crds/generated')
    await kubectl('wait', '--for=condition=Established', ...definitions.map(({ plural, group }) => `crd/${plural}.${group}`), '--timeout=60s')
    await kubectl('create', 'namespace', namespace)
    await kubectl('apply', '-f', 'charts/kumulus/files/access/operator.yaml', '-f', 'charts/kumulus/files/access/admission.yaml')
    await kubectl('apply', '-n', 'default', '-f', 'charts/kumulus/files/access/account.yaml')
    step('Starting the operator and the admission server')
    const { operator, admission } = await startControllers({ ...options, kubectl, imageURL, started })
    if (objects !== undefined) programs.push(objects)
    return { imageURL, kubeconfig, apiServer, operator, admission, kubectl, stop, report: () => report(programs, kubectl) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts a cluster with what Kumulus builds on, and nothing of Kumulus. */
export const startCluster = async (kind: ClusterKind, start: ClusterStart): Promise<StartedCluster & { imageURL: string }> => {
  const started = await (kind === 'kubernetes' ? startRealCluster : startSandboxCluster)(start)
  return { ...started, imageURL: (await readyFile(start.data))?.imageURL ?? '' }
}

type ClusterStart = {
  data: string
  /** Where the administrator's kubeconfig is written. */
  kubeconfig: string
  /** Flags of the sandbox. */
  args: string[]
  step: (line: string) => void
  /** Told of each program that came up, in order. */
  started: (program: Program) => void
}

type StartedCluster = {
  apiServer: Program | undefined
  /** To be ended before the operator is. */
  objects?: Program
}

const startSandboxCluster = async ({ data, kubeconfig, args, step, started }: ClusterStart): Promise<StartedCluster> => {
  step(`Starting the sandbox (${args.includes('qemu') ? 'guests run by QEMU' : 'simulated guests'})`)
  const apiServer = await startSandbox(data, ['--kubeconfig', kubeconfig, ...args])
  started(apiServer)
  return { apiServer }
}

const startRealCluster = async ({ data, kubeconfig, args, step, started }: ClusterStart): Promise<StartedCluster> => {
  step('Starting a Kubernetes control plane')
  const { program, existing } = await startKubernetes(data, kubeconfig, step)
  started(program ?? existing.machines)
  step('Starting the stand-ins of KubeVirt, CDI, Kube-OVN and CSI on it')
  const crds = process.env['UPSTREAM_CRDS']
  const kindOf = (installed: boolean) => (installed ? 'installed' : 'played')
  const played = ['--kubevirt', kindOf(hasKubeVirt()), '--kube-ovn', kindOf(hasKubeOVN()), ...(crds ? ['--upstream-crds', crds] : [])]
  started(await startSandbox(data, ['--cluster', kubeconfig, '--address', address(), ...played, ...args]))
  if (existing !== undefined) started(existing.definitions)
  return { apiServer: program, ...(existing === undefined ? {} : { objects: existing.objects }) }
}

/** Where the API server reaches this machine: told where it runs on another one, or in a container. */
const address = (): string => process.env['E2E_ADDRESS'] ?? '127.0.0.1'

/** The operator and the admission server, which wait for each other's certificate and configuration: so both at once. */
const startControllers = async (of: {
  data: string
  kubeconfig: string
  kubectl: ControlPlane['kubectl']
  imageURL: string
  operatorArguments?: string[]
  /** Told of each that came up, also where the other did not. */
  started: (program: Program) => void
}): Promise<{ operator: Program; admission: Program }> => {
  const [operatorProbes = 0, admissionProbes = 0, webhook = 0] = await freePorts(3)
  const start = async (name: string, script: string, probes: number, flags: string[]): Promise<Program> => {
    const common = [
      '--kubeconfig', await identity(`kumulus-${name}`, of.data, of.kubeconfig, of.kubectl), '--operator-namespace', namespace,
      '--image-sources', new URL('/', of.imageURL).href, '--probe-address', `127.0.0.1:${probes}`, '--metrics-address', '127.0.0.1:0',
    ]
    const program = await startProbed(name, script, [...common, ...flags], of.data, probes)
    of.started(program)
    return program
  }
  const [operator, admission] = await Promise.all([
    start('operator', 'operator/main.ts', operatorProbes, ['--webhook-url', `https://${address()}:${webhook}`, ...(of.operatorArguments ?? [])]),
    start('admission', 'webhooks/main.ts', admissionProbes, ['--listen-address', `${address()}:${webhook}`]),
  ])
  return { operator, admission }
}

type Ready = { imageURL: string; pid: number }

const readyFile = async (data: string): Promise<Ready | undefined> => {
  const text = await readFile(join(data, 'ready.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Ready)
}

/** On a port of its own, so that it is found again where it was after a restart. */
export const startSandbox = async (data: string, args: string[], env: Record<string, string> = {}): Promise<Program> => {
  const [port = 0] = await freePorts(1)
  return startProgram({
    name: 'sandbox', script: 'sandbox/main.ts', args: ['--data', data, '--port', `${port}`, ...args], env,
    logFile: join(data, 'sandbox.log'),
    ready: (signal, pid) => readyFileOf(() => readyFile(data), signal, pid),
  })
}

/** A program that tells of itself at a port for probes, and runs on as in a Deployment. */
export const startProbed = (
  name: string, script: string, args: string[], data: string, probes: number, env: Record<string, string> = {},
): Promise<Program> =>
  startProgram({
    name, script, args, env, logFile: join(data, `${name}.log`), supervised: true, ready: (signal) => answers(`http://127.0.0.1:${probes}/readyz`, signal),
  })

/** A kubeconfig for a ServiceAccount of the chart: what it may do is there too, and nothing else. */
export const identity = async (name: string, data: string, kubeconfig: string, kubectl: ControlPlane['kubectl']): Promise<string> => {
  const token = (await kubectl('create', 'token', name, '-n', namespace, '--duration=24h')).trim()
  const admin = parse(await readFile(kubeconfig, 'utf8')) as { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[] }
  const cluster = admin.clusters[0]?.cluster
  if (cluster === undefined) throw new Error(`${kubeconfig} names no cluster`)
  const path = join(data, `${name}.kubeconfig`)
  writeKubeconfig(path, { url: cluster.server, ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(), token, name })
  return path
}

const report = async (programs: Program[], kubectl: ControlPlane['kubectl']): Promise<string> => {
  const ask = (...args: string[]) => kubectl(...args).catch((error: Error) => error.message)
  const parts = [
    `--- kubectl get kumulus -A\n${await ask('get', 'kumulus', '-A')}`,
    `--- kubectl describe instance web\n${await ask('describe', 'instance', 'web')}`,
    `--- the guest's console\n${await ask('logs', '-l', 'kubevirt.io=virt-launcher', '-c', 'guest-console-log', '--tail=20')}`,
  ]
  for (const program of programs) parts.push(`--- the last lines of ${program.name}\n${await program.tail(15)}`)
  return parts.join('\n')
}
