/** A whole cloud of real processes for the integration tests: sandbox, admission server, operator, and kubectl in front. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { installKubectl } from '../sandbox/tools/kubectl.ts'
import { kubectlOn, type Argument, type Follower, type Kubectl } from './kubectl.ts'
import { answers, startProgram, type Program } from './processes.ts'

export type CloudOptions = {
  hypervisor?: 'simulated' | 'qemu'
  /** The sandbox's nodes; its own defaults when left out. */
  nodes?: { count: number; cpu: string; memory: string }
}

export type Cloud = {
  sandbox: Program
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
  /** Merge patch. */
  patch: (reference: string, patch: Record<string, unknown>, namespace?: string) => Promise<void>
  stop: () => Promise<void>
}

/** Starts a cloud in a directory of its own. Several run side by side: every port is a free one. */
export const startCloud = async (options: CloudOptions = {}): Promise<Cloud> => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-cloud-'))
  const { kubectl: binary } = await installKubectl()
  const started: Program[] = []
  const stop = async () => {
    for (const program of started.toReversed()) await program.kill()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const sandbox = await startSandbox(directory, options)
    started.push(sandbox)
    const ready = await readyFile(directory)
    const kubectl = kubectlOn(binary, ready.kubeconfig)
    await kubectl.run(['apply', '--server-side', '-f', 'crds/generated'])
    await kubectl.run(['create', 'namespace', operatorNamespace])
    const ports = await freePorts(3)
    const operator = await startOperator(directory, ready, ports)
    started.push(operator)
    const admission = await startAdmission(directory, ready, ports)
    started.push(admission)
    return { sandbox, admission, operator, stop, ...verbs(kubectl, ready.imageURL) }
  } catch (error) {
    await stop()
    throw error
  }
}

const operatorNamespace = 'kumulus-system'

/** What the sandbox writes when it is up. */
export type Ready = { kubeconfig: string; imageURL: string }

const readyFile = async (directory: string): Promise<Ready> => JSON.parse(await readFile(join(directory, 'ready.json'), 'utf8')) as Ready

const startSandbox = async (directory: string, { hypervisor = 'simulated', nodes }: CloudOptions): Promise<Program> => {
  const [port, imagePort] = await freePorts(2)
  const sizes = nodes === undefined ? [] : ['--nodes', String(nodes.count), '--node-cpu', nodes.cpu, '--node-memory', nodes.memory]
  return startProgram({
    name: 'sandbox',
    script: 'sandbox/main.ts',
    args: ['--data', directory, '--port', String(port), '--image-port', String(imagePort), '--hypervisor', hypervisor, ...sizes],
    logFile: join(directory, 'sandbox.log'),
    ready: async (signal) => {
      for (;;) {
        signal.throwIfAborted()
        const ready = await readyFile(directory).catch(() => undefined)
        if (ready !== undefined) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  })
}

type Ports = readonly number[]

const common = (directory: string, ready: Ready): string[] =>
  ['--kubeconfig', ready.kubeconfig, '--operator-namespace', operatorNamespace, '--image-sources', new URL('/', ready.imageURL).href, '--log-level', 'info']

const startOperator = (directory: string, ready: Ready, [probes, webhook]: Ports): Promise<Program> =>
  startProgram({
    name: 'operator',
    script: 'operator/main.ts',
    args: [
      ...common(directory, ready),
      '--probe-address', `127.0.0.1:${probes}`, '--metrics-address', '127.0.0.1:0', '--webhook-url', `https://127.0.0.1:${webhook}`,
    ],
    logFile: join(directory, 'operator.log'),
    ready: (signal) => answers(`http://127.0.0.1:${probes}/readyz`, signal),
  })

const startAdmission = (directory: string, ready: Ready, [, webhook, probes]: Ports): Promise<Program> =>
  startProgram({
    name: 'admission',
    script: 'webhooks/main.ts',
    args: [
      ...common(directory, ready),
      '--probe-address', `127.0.0.1:${probes}`, '--metrics-address', '127.0.0.1:0', '--address', `127.0.0.1:${webhook}`,
    ],
    logFile: join(directory, 'admission.log'),
    ready: (signal) => answers(`http://127.0.0.1:${probes}/readyz`, signal),
  })

/** Ports that were free a moment ago, all different. */
const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
    })),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

type Verbs = Pick<Cloud, 'kubectl' | 'kubectlWith' | 'fails' | 'follow' | 'apply' | 'applyFile' | 'wait' | 'get' | 'patch'>

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
    patch: async (reference, patch, namespace) =>
      void (await run('patch', reference, ...inside(namespace), '--type=merge', '-p', JSON.stringify(patch))),
  }
}

type Manifest = { kind: string; spec: { source?: { http?: { url: string } } } }

const withImage = (manifest: Manifest, url: string): Manifest =>
  manifest.kind === 'Image' && manifest.spec.source?.http !== undefined ? { ...manifest, spec: { ...manifest.spec, source: { http: { url } } } } : manifest
