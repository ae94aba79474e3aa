import { kubectlOn, type Argument, type Kubectl } from '../kubectl.ts'
import type { Program } from '../processes.ts'

/** A cloud that is there already, with real machines: Kumulus by its chart, and under it what it builds on. */
export type Installed = {
  kubectl: Kubectl
  operator: Program
  admission: Program
  /** Starts what is away and deletes what the tests have made. */
  stop: () => Promise<void>
}

/** How much longer everything takes than on the sandbox: machines that boot, under emulation, and images that are pulled. */
const PATIENCE = 5

const NAMESPACE = 'kumulus-system'

/**
 * Takes the cloud that is installed on a cluster for one file of tests.
 * @throws Error where there is anything of Kumulus' in the namespace `default`: it is the tests' own, and they empty it.
 */
export const takeInstalled = async (binary: string, kubeconfig: string): Promise<Installed> => {
  const { run } = kubectlOn(binary, kubeconfig)
  const opened: string[] = []
  const kubectl = patient(kubectlOn(binary, kubeconfig), (namespace) => void opened.push(namespace))
  const kinds = (await run(['api-resources', '--api-group=kumulus.dev', '--namespaced=true', '-o', 'name'])).trim().split('\n').join(',')
  const present = (await run(['get', kinds, '-n', 'default', '-o', 'name'])).trim()
  if (present !== '') throw new Error(`the tests would empty the namespace default, which has objects of Kumulus':\n${present}`)
  const operator = deployed(kubectl, 'operator')
  const admission = deployed(kubectl, 'admission')
  return {
    kubectl,
    operator,
    admission,
    stop: async () => {
      await Promise.all([operator.start(), admission.start()])
      for (const instance of (await run(['get', 'instances', '-n', 'default', '-o', 'name'])).trim().split('\n').filter((name) => name !== '')) {
        await run(['patch', instance, '-n', 'default', '--type=merge', '-p', '{"spec":{"disableAPITermination":false}}'])
      }
      await empty(kubectl, kinds)
      if (opened.length > 0) await kubectl.run(['delete', 'namespace', ...new Set(opened), '--ignore-not-found', '--timeout=120s'])
    },
  }
}

const empty = async ({ run }: Kubectl, kinds: string): Promise<void> => {
  const guarded = kinds.split(',').filter((kind) => /^(securitygroups|routetables|networkacls)\./.test(kind))
  await run(['delete', kinds.split(',').filter((kind) => !guarded.includes(kind)).join(','), '-n', 'default', '--all', '--wait=false'])
  // Default groups and lists and main tables are refused: they go with their VPCs.
  for (const kind of guarded) await run(['delete', kind, '-n', 'default', '--all', '--wait=false']).catch(() => {})
  await run(['wait', kinds, '-n', 'default', '--all', '--for=delete', '--timeout=120s']).catch((error: Error) => {
    if (!error.message.includes('no matching resources')) throw error
  })
}

/** Waits longer than it is told to, and says which namespaces it made. */
const patient = (kubectl: Kubectl, made: (namespace: string) => void): Kubectl => {
  const stretched = (arguments_: Argument[]) => {
    const [verb, kind, name] = arguments_
    if (verb === 'create' && kind === 'namespace' && typeof name === 'string') made(name)
    return arguments_.map(stretch)
  }
  return {
    run: (arguments_, env) => kubectl.run(stretched(arguments_), env),
    fails: (arguments_) => kubectl.fails(stretched(arguments_)),
    follow: (arguments_) => {
      const follower = kubectl.follow(arguments_)
      return { ...follower, until: (pattern) => again(PATIENCE, () => follower.until(pattern)) }
    },
  }
}

const stretch = (argument: Argument): Argument =>
  typeof argument !== 'string' ? argument : argument.replace(/^--timeout=(\d+)s$/, (_, seconds: string) => `--timeout=${Number(seconds) * PATIENCE}s`)

const again = async (tries: number, attempt: () => Promise<void>): Promise<void> => {
  try {
    await attempt()
  } catch (error) {
    if (tries <= 1) throw error
    await again(tries - 1, attempt)
  }
}

/** The pods of a Deployment of the chart, as one program: killed, it stays away until it is started. */
const deployed = ({ run }: Kubectl, program: string): Program => {
  const deployment = `deployment/kumulus-${program}`
  const pods = ['-n', NAMESPACE, '-l', `app.kubernetes.io/name=kumulus,app.kubernetes.io/component=${program}`]
  let away: string | undefined
  return {
    name: program,
    pid: () => undefined,
    kill: async (signal) => {
      away ??= await run(['get', deployment, '-n', NAMESPACE, '-o', 'jsonpath={.spec.replicas}'])
      await run(['scale', deployment, '-n', NAMESPACE, '--replicas=0'])
      if (signal === 'SIGKILL') await run(['delete', 'pod', ...pods, '--grace-period=0', '--force', '--ignore-not-found'])
      await run(['wait', 'pod', ...pods, '--for=delete', '--timeout=60s'])
    },
    start: async () => {
      if (away === undefined) return
      await run(['scale', deployment, '-n', NAMESPACE, `--replicas=${away}`])
      away = undefined
      await run(['rollout', 'status', deployment, '-n', NAMESPACE, '--timeout=60s'])
    },
    tail: (lines = 20) => run(['logs', ...pods, '--prefix', `--tail=${lines}`]),
  }
}
