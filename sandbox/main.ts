import { systemClock } from '../operator/runtime/clock.ts'
import { createClient } from '../operator/runtime/client.ts'
import { createLog } from '../operator/runtime/log.ts'
import { attachedCluster } from './cluster/attached.ts'
import { ownCluster } from './cluster/own.ts'
import { virtHandlerOf } from './cluster/virt-handler.ts'
import { takeDataDirectory, writeWhole, type DataDirectory } from './data-directory.ts'
import { installExternalNetwork } from './external-network.ts'
import { prepareGuests } from './guests.ts'
import { type ImageServer, startImageServer } from './images/server.ts'
import { prepareNetwork } from './network.ts'
import { HELP, parseOptions, type SandboxOptions } from './options.ts'
import { announceSSH } from './ssh-endpoints.ts'
import { startStandIns } from './stand-ins/index.ts'

/** The sandbox: wiring, and nothing else. */
const say = (line: string) => void process.stdout.write(`${line}\n`)

type Running = { stop: () => Promise<void> }

const startSandbox = async (options: SandboxOptions, data: DataDirectory): Promise<Running> => {
  const log = createLog({ name: 'sandbox', level: process.env['SANDBOX_LOG_LEVEL'] ?? 'warn' })
  const network = options.network === 'ovn' ? await prepareNetwork(say) : undefined
  const guests = await prepareGuests(options, data, say, network?.plug)
  const images = await serveImage(guests.image, options.imagePort)
  const cluster = options.cluster === undefined
    ? await ownCluster(options, data, log)
    : await attachedCluster(options.cluster, data)
  const { transport } = cluster
  const standIns = await startStandIns({
    transport, clock: systemClock, log, disks: guests.disks,
    hypervisor: announceSSH(guests.hypervisor, createClient(transport), log),
    ...(network !== undefined && { network: (objects) => network.show(objects, guests.kind === 'qemu') }),
    ...(options.nodes !== undefined && { nodes: options.nodes }),
    ...(options.crdFolder !== undefined && { crdFolder: options.crdFolder }),
    ...(cluster.kubelets !== undefined && { realControlPlane: { kubelets: cluster.kubelets } }),
    ...(options.cluster?.realKubeOVN === true && { realKubeOVN: true }),
    ...(options.cluster?.realKubeVirt === true && { realKubeVirt: { handlerOf: virtHandlerOf(transport) } }),
  })
  if (options.cluster?.realKubeOVN !== true) await installExternalNetwork(createClient(transport))
  await cluster.serve(standIns)
  const { kubeconfig, url: server } = cluster
  const ready = { kubeconfig, server, imageURL: images.url, hypervisor: guests.kind, pid: process.pid, data: data.path }
  await writeWhole(data.file('ready.json'), `${JSON.stringify(ready, null, 2)}\n`)
  say(welcome(ready, guests.description, network?.howTo(guests.kind)))
  return {
    stop: async () => {
      await standIns.stop()
      await guests.hypervisor.close()
      await network?.stop()
      await cluster.close()
      await images.close()
    },
  }
}

/** The usual port, or any other where that is taken: what is told at the end is where it is. */
const serveImage = async (image: string, port: number): Promise<ImageServer> => {
  try {
    return await startImageServer(image, port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    say(`Port ${port} is taken: the image is served at another one.`)
    return startImageServer(image, 0)
  }
}

const welcome = (ready: { kubeconfig: string; server: string; imageURL: string }, guests: string, packets: string | undefined) => `
The sandbox is up: ${ready.server}, ${guests}.
  guest image   ${ready.imageURL}
  kubeconfig    ${ready.kubeconfig}

Try:
  export KUBECONFIG=${ready.kubeconfig}
  kubectl get nodes
  kubectl api-resources --api-group=kubevirt.io${packets === undefined ? '' : `
  ${packets}`}

Ctrl-C ends it.`

const parsedOrExit = (): SandboxOptions => {
  try {
    const options = parseOptions(process.argv.slice(2), process.env)
    if (options !== 'help') return options
    process.stdout.write(HELP)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`sandbox: ${(error as Error).message}\nTry --help.\n`)
    process.exit(2)
  }
}

const run = async () => {
  const options = parsedOrExit()
  const data = await takeDataDirectory(options.dataDirectory)
  let ending = false
  const end = (running: Promise<Running>) => {
    // Whoever presses twice means it.
    if (ending) process.exit(1)
    ending = true
    say('Ending…')
    running.then(({ stop }) => stop()).finally(() => data.release()).then(() => process.exit(0), (error: Error) => {
      process.stderr.write(`sandbox: ${error.message}\n`)
      process.exit(1)
    })
  }
  const running = startSandbox(options, data)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(running))
  try {
    await running
  } catch (error) {
    await data.release()
    throw error
  }
}

await run().catch((error: Error) => {
  process.stderr.write(`sandbox: ${error.message}\n`)
  process.exit(1)
})
