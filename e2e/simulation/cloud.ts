/**
 * The cluster under the operator, in one process on a clock that stands still: API server, stand-ins and simulated guests. One that has been
 * set up is saved and gone on from as often as one likes, which takes a few milliseconds where setting it up takes half a second.
 */
import { customResourceDefinitionOf } from '../../crds/generation/custom-resource-definition.ts'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { createClient } from '../../operator/runtime/client.ts'
import { FakeClock } from '../../operator/runtime/fake-clock.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { seededRandom } from '../../operator/runtime/random.ts'
import type { CallWebhook } from '../../sandbox/apiserver/admission/webhooks.ts'
import { inProcessTransport } from '../../sandbox/apiserver/in-process.ts'
import type { UserInfo } from '../../sandbox/apiserver/request.ts'
import type { AggregatedApi, ApiServer } from '../../sandbox/apiserver/server.ts'
import { createApiServer } from '../../sandbox/apiserver/server.ts'
import type { StoredState } from '../../sandbox/apiserver/storage.ts'
import type { Machine } from '../../sandbox/hypervisor/hypervisor.ts'
import type { FetchHead, SimulatedDisk, SimulatedDisks } from '../../sandbox/disks/simulated.ts'
import { createSimulatedDisks } from '../../sandbox/disks/simulated.ts'
import type { SimulatedHypervisor } from '../../sandbox/hypervisor/simulated.ts'
import { createSimulatedHypervisor } from '../../sandbox/hypervisor/simulated.ts'
import type { StandIns } from '../../sandbox/stand-ins/index.ts'
import { startStandIns } from '../../sandbox/stand-ins/index.ts'
import { virtApiServices } from '../../sandbox/stand-ins/kubevirt/control/webhooks.ts'
import { installAccess, openAccount, openEveryAccount } from '../access.ts'
import type { Timings } from '../../sandbox/stand-ins/timings.ts'
import { immediateTimings } from '../../sandbox/stand-ins/timings.ts'
import { steadySilence, steadyWatches } from './steady-watches.ts'
import { withoutEvents } from './without-events.ts'

/** What a cloud is made of. */
export type SavedCloud = { now: number; state: StoredState; disks: ReadonlyMap<string, SimulatedDisk>; guests: readonly Machine[] }

export type CloudOptions = {
  seed?: number
  /** A folder of upstream's own CustomResourceDefinitions, to serve instead of the stand-ins' small ones. */
  crdFolder?: string
  /** Where to go on from; a new cluster with our definitions and the stand-ins installed when left out. */
  from?: SavedCloud
  timings?: Partial<Timings>
  /** The stand-ins' watches stay open without a word for as long as nothing happens, so that quiet hours cost nothing. */
  steady?: boolean
  /** How the API server calls admission webhooks; over HTTPS when left out. */
  callWebhook?: CallWebhook
  /** Told of the cloud before anything in it moves: what a saved one was about goes on at once. */
  observe?: (cloud: Pick<Cloud, 'server' | 'clock' | 'hypervisor'>) => void
  /** Whether an agent runs in a guest; in none when left out. */
  guestAgent?: (uid: string) => boolean
  /** Asks for an image that is to be imported; every URL is one of 64 MiB when left out. */
  fetchHead?: FetchHead
}

export type Cloud = {
  clock: FakeClock
  server: ApiServer
  /** As a cluster administrator. */
  client: Client
  hypervisor: SimulatedHypervisor
  disks: SimulatedDisks
  standIns: StandIns
  /** To go on from later, with its guests running. */
  save: () => SavedCloud
  stop: () => Promise<void>
}

export const admin: UserInfo = { username: 'admin', groups: ['system:masters'] }

export const startCloud = async (options: CloudOptions = {}): Promise<Cloud> => {
  if (options.from !== undefined) return continueFrom(options.from, options)
  if (options.crdFolder !== undefined) return setUp(options)
  return continueFrom(await emptyCloud(), options)
}

let empty: Promise<SavedCloud> | undefined

/** Set up once a process. */
const emptyCloud = (): Promise<SavedCloud> => empty ??= (async () => {
  const cloud = await setUp({})
  await cloud.clock.advance(1000)
  const saved = cloud.save()
  await cloud.stop()
  return saved
})()

const continueFrom = (from: SavedCloud, options: CloudOptions): Promise<Cloud> => assemble(options, from, async () => {})

const setUp = (options: CloudOptions): Promise<Cloud> => assemble(options, undefined, async (client) => {
  for (const definition of definitions) await client.create(customResourceDefinitions, customResourceDefinitionOf(definition))
  await installAccess(client)
  await openAccount(client, 'default')
})

/** Of the UIDs to come: another than any that the saved objects have theirs from, however often it was gone on from. */
const uidSeed = (seed: number, from: SavedCloud | undefined): number =>
  from === undefined ? seed : seed + 0x5eed + Math.imul(from.state.revision, 0x9e3779b1)

const assemble = async (options: CloudOptions, from: SavedCloud | undefined, prepare: (client: Client) => Promise<void>): Promise<Cloud> => {
  const { seed = 1, crdFolder, callWebhook, fetchHead = async () => ({ sizeBytes: 64 * 2 ** 20 }) } = options
  const clock = new FakeClock(from?.now)
  const random = seededRandom(uidSeed(seed, from))
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256))
  const hypervisor = createSimulatedHypervisor({ clock, ...from === undefined ? {} : { initial: from.guests } })
  const disks = createSimulatedDisks({ clock, fetchHead, ...from === undefined ? {} : { initial: from.disks } })
  const aggregated = new Map<string, AggregatedApi>()
  const server = createApiServer({
    clock, tokens: new Map(), random: bytes, aggregated, webhookServices: virtApiServices,
    ...from === undefined ? {} : { restore: from.state },
    ...callWebhook === undefined ? {} : { callWebhook },
  })
  options.observe?.({ server, clock, hypervisor })
  const transport = inProcessTransport(server, admin)
  const client = createClient(transport)
  openEveryAccount(server, client)
  await prepare(client)
  const standIns = await startStandIns({
    transport: options.steady === true ? withoutEvents(steadyWatches(transport)) : transport,
    clock, log: silentLog, hypervisor, disks, seed: `${seed}`,
    timings: { ...immediateTimings, ...options.timings },
    installed: from !== undefined,
    ...options.steady === true ? { silence: steadySilence } : {},
    ...crdFolder === undefined ? {} : { crdFolder },
    ...options.guestAgent === undefined ? {} : { guestAgent: options.guestAgent },
  })
  aggregated.set('subresources.kubevirt.io/v1', standIns.subresources)
  const save = () => ({ now: clock.now(), state: server.state(), disks: new Map(disks.all), guests: hypervisor.machines() })
  const stop = async () => {
    await standIns.stop()
    await server.close()
  }
  return { clock, server, client, hypervisor, disks, standIns, save, stop }
}

const customResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}
