/**
 * `make demo`: a cloud on this machine, from nothing to a Linux VM that one can log in to. Stays up until Ctrl-C; with ONESHOT=1 it ends
 * after the proof, with status 0 if everything was as promised.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { systemClock } from '../operator/runtime/clock.ts'
import { ensureDebianPackages, ensureGuestImage, UnavailableError } from '../sandbox/guest/image.ts'
import { sshAnswers } from '../sandbox/hypervisor/ssh-banner.ts'
import { takeLock } from '../sandbox/data-directory.ts'
import { installKubectl } from '../sandbox/tools/kubectl.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const home = join(root, '.sandbox')
const key = join(home, 'demo-key')
/** One demo at a time: it empties its folder at the start. */
const lock = join(home, 'demo.pid')
const MARK = '/var/kumulus-hello'
/** Milliseconds that a guest may take until it answers; software emulation on a busy machine is slow. */
const PATIENCE = 180_000

const began = systemClock.now()
const say = (line: string) => process.stdout.write(`${line}\n`)
const step = (line: string) => say(`[${((systemClock.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`)

const main = async (): Promise<void> => {
  process.chdir(root)
  await mkdir(home, { recursive: true, mode: 0o700 })
  const other = await takeLock(lock, 'e2e/demo.ts')
  if (other !== undefined) {
    say(`A demo of this checkout runs already (process id ${other}). Use that one, or end it with Ctrl-C in its terminal first.`)
    process.exit(1)
  }
  step('Getting kubectl')
  const { kubectl } = await installKubectl(undefined, step)
  const hypervisor = await chooseHypervisor()
  const started: { plane?: ControlPlane } = {}
  const stop = async () => {
    await started.plane?.stop()
    await rm(lock, { force: true })
  }
  const ending = endOnSignal(stop)
  try {
    started.plane = await startControlPlane({ data: join(home, 'demo'), kubeconfig: join(home, 'kubeconfig'), kubectl, hypervisor, step })
    await launch(started.plane, hypervisor)
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

type Hypervisor = 'qemu' | 'simulated'

const chooseHypervisor = async (): Promise<Hypervisor> => {
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

const launch = async (plane: ControlPlane, hypervisor: Hypervisor): Promise<void> => {
  const manifest = await quickstart(plane.imageURL, hypervisor === 'qemu' ? await newKey() : undefined)
  step(`kubectl apply -f ${relative(root, manifest)}`)
  say((await plane.kubectl('apply', '-f', manifest)).trimEnd())
  step('kubectl wait --for=condition=Ready instance/web')
  await plane.kubectl('wait', '--for=condition=Ready', 'instance/web', `--timeout=${PATIENCE / 1000}s`)
  step('The instance is running')
}

/** A key pair of which we have the private half. Answers the public one. */
const newKey = async (): Promise<string> => {
  await Promise.all([key, `${key}.pub`].map((file) => rm(file, { force: true })))
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'demo@kumulus', '-f', key]).catch((error: Error) => {
    throw new Error(`ssh-keygen can't make a key: ${error.message}`, { cause: error })
  })
  return (await readFile(`${key}.pub`, 'utf8')).trim()
}

/** examples/quickstart.yaml with our key, where anyone can log in, and the image from where it really is. */
const quickstart = async (imageURL: string, publicKey: string | undefined): Promise<string> => {
  const documents = parseAllDocuments(await readFile(join(root, 'examples/quickstart.yaml'), 'utf8'))
  for (const document of documents) {
    if (!('getIn' in document)) continue
    if (document.get('kind') === 'KeyPair' && publicKey !== undefined) document.setIn(['spec', 'publicKey'], publicKey)
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
  step('Waiting for its SSH server')
  const [host = '', port = ''] = endpoint.split(':')
  const patience = AbortSignal.timeout(PATIENCE)
  await sshAnswers({ host, port: Number(port) }, systemClock, patience).catch(() => {
    throw new Error(`the VM did not answer over SSH within ${PATIENCE / 1000} s`)
  })
  step('Logging in')
  const args = sshArguments(endpoint)
  const command = `cat ${MARK}; uname -a; uptime`
  for (;;) {
    // The mark comes from the user data, which runs while SSH answers already.
    const proof = [...args, `test -s ${MARK} && { ${command}; }`]
    const answer = await run('ssh', ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', ...proof], { timeout: 30_000 }).catch((error: Error) => error)
    if (!(answer instanceof Error)) {
      say(`\n$ ${shown('ssh', ...args, command)}\n${answer.stdout}`)
      return endpoint
    }
    if (patience.aborted) throw new Error(`the VM answers over SSH but its user data left no ${MARK}, or its key is refused: ${answer.message}`)
    await systemClock.sleep(500)
  }
}

/** A command line that can be pasted. */
const shown = (...words: string[]) => words.map((word) => (/^[A-Za-z0-9@%+=:,./_-]+$/.test(word) ? word : `'${word}'`)).join(' ')

const nextSteps = (kubectl: string, endpoint: string | undefined) => `
The cloud is up. In another terminal:

  cd ${shown(root)}
  export KUBECONFIG=${shown(join(home, 'kubeconfig'))} PATH=${shown(join(kubectl, '..'))}:$PATH
  kubectl get kumulus                                   # everything of ours (KubeVirt's, CDI's and Kube-OVN's objects are below it)
  kubectl get vpcs.kumulus.dev,subnets.kumulus.dev      # in full where Kube-OVN has a kind of the same name
  kubectl describe instance web                         # what happened to it
  kubectl explain instance.spec                         # what can be said of an instance
  kubectl logs -l kubevirt.io=virt-launcher -c guest-console-log --tail=20   # its console
${endpoint === undefined ? '' : `  ${shown('ssh', ...sshArguments(endpoint))}
`}  kubectl patch instance web --type=merge -p '{"spec":{"state":"Stopped"}}'
  kubectl get instance web -w                           # see it stop; Ctrl-C ends the watch
  less examples/storage/README.md                       # a walk through disks and images; examples/network/README.md: one through networks

Ctrl-C here ends everything.`

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
