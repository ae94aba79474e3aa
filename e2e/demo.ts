/**
 * `make demo`: a cloud on this machine, from nothing to a Linux VM that one can log in to. Stays up until Ctrl-C; with ONESHOT=1 it ends
 * after the proof, with status 0 if everything was as promised.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { systemClock } from '../operator/runtime/clock.ts'
import { ensureDebianPackages, ensureGuestImage, UnavailableError } from '../sandbox/guest/image.ts'
import { installKubectl } from '../sandbox/tools/kubectl.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'

const run = promisify(execFile)
const root = new URL('..', import.meta.url).pathname
const home = join(root, '.sandbox')
const key = join(home, 'demo-key')
const MARK = '/var/kumulus-hello'
/** Milliseconds that a guest may take until it answers; software emulation on a busy machine is slow. */
const PATIENCE = 180_000

const began = systemClock.now()
const say = (line: string) => process.stdout.write(`${line}\n`)
const step = (line: string) => say(`[${((systemClock.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`)

const main = async (): Promise<void> => {
  process.chdir(root)
  await mkdir(home, { recursive: true, mode: 0o700 })
  step('Getting kubectl')
  const { kubectl } = await installKubectl(undefined, step)
  const hypervisor = await chooseHypervisor()
  const started: { plane?: ControlPlane } = {}
  const stop = async () => started.plane?.stop()
  const ending = endOnSignal(stop)
  try {
    started.plane = await startControlPlane({ data: join(home, 'demo'), kubeconfig: join(home, 'kubeconfig'), kubectl, hypervisor, step })
    await launch(started.plane)
    say(`\n$ kubectl get instances\n${await started.plane.kubectl('get', 'instances')}`)
    const endpoint = hypervisor === 'qemu' ? await proveGuest(started.plane) : undefined
    if (process.env['ONESHOT'] === '1') {
      await stop()
      step(endpoint === undefined ? 'Done. The guest was simulated: there was nothing to log in to.' : 'Done: the VM answered over SSH and had run its user data.')
      process.exit(0)
    }
    say(nextSteps(kubectl, endpoint))
  } catch (error) {
    // What fails because everything was told to end is no failure: the end is under way.
    if (ending.aborted) return
    say(`\nThe demo failed: ${(error as Error).message}\n`)
    say((await started.plane?.report()) ?? '')
    await stop()
    process.exit(1)
  }
}

const chooseHypervisor = async (): Promise<'qemu' | 'simulated'> => {
  if (process.env['SANDBOX_HYPERVISOR'] === 'simulated') return 'simulated'
  try {
    step('Looking for QEMU and the guest image')
    await ensureDebianPackages(step)
    await ensureGuestImage(step)
    return 'qemu'
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    step(`Real guests are not possible on this machine: ${error.message}`)
    step('Going on with simulated guests: everything works but there is nothing to log in to.')
    return 'simulated'
  }
}

const launch = async (plane: ControlPlane): Promise<void> => {
  const manifest = await quickstart(plane.imageURL)
  step(`kubectl apply -f ${relative(root, manifest)}`)
  say((await plane.kubectl('apply', '-f', manifest)).trimEnd())
  step('kubectl wait --for=condition=Ready instance/web')
  await plane.kubectl('wait', '--for=condition=Ready', 'instance/web', `--timeout=${PATIENCE / 1000}s`)
  step('The instance is running')
}

/** examples/quickstart.yaml with a key that we have the private half of, and the image from where it really is. */
const quickstart = async (imageURL: string): Promise<string> => {
  await Promise.all([key, `${key}.pub`].map((file) => rm(file, { force: true })))
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'demo@kumulus', '-f', key]).catch((error: Error) => {
    throw new Error(`ssh-keygen can't make a key: ${error.message}`, { cause: error })
  })
  const publicKey = (await readFile(`${key}.pub`, 'utf8')).trim()
  const documents = parseAllDocuments(await readFile(join(root, 'examples/quickstart.yaml'), 'utf8'))
  for (const document of documents) {
    if (!('getIn' in document)) continue
    if (document.get('kind') === 'KeyPair') document.setIn(['spec', 'publicKey'], publicKey)
    if (document.get('kind') === 'Image') document.setIn(['spec', 'source', 'http', 'url'], imageURL)
  }
  const path = join(home, 'quickstart.yaml')
  await writeFile(path, documents.map(String).join('---\n'))
  return path
}

const sshArguments = (endpoint: string) => {
  const [host = '', port = ''] = endpoint.split(':')
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'IdentitiesOnly=yes']
  return ['-i', relative(root, key), ...options.flatMap((option) => ['-o', option]), '-p', port, `admin@${host}`]
}

/** Logs in as a user would and reads what the user data left. */
const proveGuest = async (plane: ControlPlane): Promise<string> => {
  const annotation = 'jsonpath={.metadata.annotations.sandbox\\.kumulus\\.dev/ssh-endpoint}'
  const endpoint = await plane.kubectl('get', 'virtualmachineinstance', 'web', '-o', annotation)
  if (endpoint === '') throw new Error('the VirtualMachineInstance web does not say where its SSH port is')
  step('Logging in by SSH')
  const args = [...sshArguments(endpoint), `cat ${MARK}; uname -a; uptime`]
  const until = systemClock.now() + PATIENCE
  for (;;) {
    const answer = await run('ssh', ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', ...args], { timeout: 30_000 }).catch((error: Error) => error)
    if (!(answer instanceof Error)) {
      say(`\n$ ssh ${args.join(' ')}\n${answer.stdout}`)
      return endpoint
    }
    if (systemClock.now() > until) throw new Error(`the VM did not answer over SSH, or its user data left no ${MARK}: ${answer.message}`)
    await systemClock.sleep(500)
  }
}

const nextSteps = (kubectl: string, endpoint: string | undefined) => `
The cloud is up. In another terminal:

  export KUBECONFIG=${join(home, 'kubeconfig')} PATH=${join(kubectl, '..')}:$PATH
  kubectl get kumulus                                   # everything that there is
  kubectl describe instance web                         # what happened to it
  kubectl explain instance.spec                         # what can be said of an instance
  kubectl get instances -w                              # …while you stop it:
  kubectl patch instance web --type=merge -p '{"spec":{"state":"Stopped"}}'
${endpoint === undefined ? '' : `  ssh ${sshArguments(endpoint).join(' ')}\n`}
Ctrl-C ends everything.`

/** The programs get the signal from us, in order; a second one ends us at once. */
const endOnSignal = (stop: () => Promise<void> | undefined): AbortSignal => {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(1)
      ending.abort()
      say('\nEnding…')
      void Promise.resolve(stop()).finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
    })
  }
  return ending.signal
}

await main()
