/**
 * A whole cloud of real processes for the integration tests: a cluster, the admission server, the operator, and kubectl in front. The cluster is
 * the sandbox; with E2E_CLUSTER=kubernetes a real control plane; with E2E_CLUSTER=installed the one of KUBECONFIG, on which all of it runs already.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { installKubectl } from '../sandbox/tools/kubectl.ts'
import { startControlPlane } from './control-plane.ts'
import { freePorts } from './free-ports.ts'
import { takeInstalled } from './kind/installed.ts'
import { kubectlOn, type Argument, type Follower, type Kubectl } from './kubectl.ts'
import type { Program } from './processes.ts'

export type CloudOptions = {
  hypervisor?: 'simulated' | 'qemu'
  /** The sandbox's nodes; its own defaults when left out. */
  nodes?: { count: number; cpu: string; memory: string }
  /** More flags of the operator. */
  operatorArguments?: string[]
}

export type Cloud = {
  /** The API server: the sandbox, or a whole real control plane; undefined where it is somebody else's. */
  apiServer: Program | undefined
  admission: Program
  operator: Program
  kubectl: (...arguments_: Argument[]) => Promise<string>
  kubectlWith: (options: { env: Record<string, string> }, ...arguments_: Argument[]) => Promise<string>
  fails: (...arguments_: Argument[]) => Promise<string>
  follow: (...arguments_: string[]) => Follower
  /** `kubectl apply` of one manifest, in the default namespace unless another is named. */
  apply: (manifest: Record<string, unknown>, namespace?: string) => Promise<void>
  /** Applies a file of the repository, its image taken from the sandbox. */
  applyFile: (file: string, namespace?: string) => Promise<void>
  /** `kubectl wait --for`, two minutes unless a `--timeout` says otherwise. Says what the object looks like when it fails. */
  wait: (reference: string, condition: string, ...rest: string[]) => Promise<void>
  get: (reference: string, namespace?: string) => Promise<Record<string, unknown>>
  /** Makes a namespace and opens it as an account. */
  openAccount: (namespace: string) => Promise<void>
  /** Merge patch. */
  patch: (reference: string, patch: Record<string, unknown>, namespace?: string) => Promise<void>
  stop: () => Promise<void>
}

/** Starts a cloud in a directory of its own. Several run side by side: every port is a free one. */
export const startCloud = async ({ hypervisor = 'simulated', nodes, operatorArguments = [] }: CloudOptions = {}): Promise<Cloud> => {
  const { kubectl } = await installKubectl()
  if (process.env['E2E_CLUSTER'] === 'installed') return installedCloud(kubectl)
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-cloud-'))
  const sizes = nodes === undefined ? [] : ['--nodes', `${nodes.count}`, '--node-cpu', nodes.cpu, '--node-memory', nodes.memory]
  const [imagePort = 0] = await freePorts(1)
  const plane = await startControlPlane({
    data: join(directory, 'data'),
    kubeconfig: join(directory, 'kubeconfig'),
    kubectl,
    hypervisor,
    cluster: process.env['E2E_CLUSTER'] === 'kubernetes' ? 'kubernetes' : 'sandbox',
    sandboxArguments: ['--image-port', `${imagePort}`, ...sizes],
    operatorArguments,
    step: () => {},
  })
  const { apiServer, operator, admission } = plane
  const stop = async () => {
    await plane.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  return { apiServer, operator, admission, stop, ...verbs(kubectlOn(kubectl, plane.kubeconfig), plane.imageURL) }
}

const installedCloud = async (binary: string): Promise<Cloud> => {
  const { kubectl, ...programs } = await takeInstalled(binary, process.env['KUBECONFIG'] ?? '')
  return { apiServer: undefined, ...programs, ...verbs(kubectl, process.env['E2E_IMAGE_URL'] ?? '') }
}

type Verbs = Pick<Cloud, 'kubectl' | 'kubectlWith' | 'fails' | 'follow' | 'apply' | 'applyFile' | 'wait' | 'get' | 'patch' | 'openAccount'>

const verbs = (kubectl: Kubectl, imageURL: string): Verbs => {
  const run: Cloud['kubectl'] = (...arguments_) => kubectl.run(arguments_)
  const inside = (namespace = 'default') => ['-n', namespace]
  return {
    kubectl: run,
    kubectlWith: ({ env }, ...arguments_) => kubectl.run(arguments_, env),
    fails: (...arguments_) => kubectl.fails(arguments_),
    follow: (...arguments_) => kubectl.follow(arguments_),
    apply: async (manifest, namespace) => void (await run('apply', ...inside(namespace), manifest)),
    applyFile: async (file, namespace) => {
      const items = parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS() as Manifest)
      await run('apply', ...inside(namespace), { apiVersion: 'v1', kind: 'List', items: items.map((item) => withImage(item, imageURL)) })
    },
    wait: async (reference, condition, ...rest) => {
      const limit = rest.some((each) => each.startsWith('--timeout')) ? [] : ['--timeout=120s']
      try {
        await run('wait', reference, `--for=${condition}`, ...limit, ...rest)
      } catch (error) {
        const namespace = rest.includes('-n') ? inside(rest[rest.indexOf('-n') + 1]) : []
        const described = await run('describe', reference, ...namespace).catch((failure: Error) => failure.message)
        throw new Error(`${(error as Error).message}\n${described}`, { cause: error })
      }
    },
    get: async (reference, namespace) => JSON.parse(await run('get', reference, ...inside(namespace), '-o', 'json')) as Record<string, unknown>,
    openAccount: async (namespace) => {
      await run('create', 'namespace', namespace)
      await run('apply', '-n', namespace, '-f', 'charts/kumulus/files/access/account.yaml')
    },
    patch: async (reference, patch, namespace) =>
      void (await run('patch', reference, ...inside(namespace), '--type=merge', '-p', JSON.stringify(patch))),
  }
}

type Manifest = { kind: string; spec: { source?: { http?: { url: string } } } }

const withImage = (manifest: Manifest, url: string): Manifest =>
  manifest.kind === 'Image' && manifest.spec.source?.http !== undefined ? { ...manifest, spec: { ...manifest.spec, source: { http: { url } } } } : manifest
