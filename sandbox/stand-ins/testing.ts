import pino from 'pino'
import { createClient } from '../../operator/runtime/client.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { FakeClock, settle } from '../../operator/runtime/fake-clock.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { inProcessTransport } from '../apiserver/in-process.ts'
import { createApiServer } from '../apiserver/server.ts'
import type { ApiServer } from '../apiserver/server.ts'
import { createSimulatedDisks } from '../disks/simulated.ts'
import type { FetchHead, SimulatedDisks } from '../disks/simulated.ts'
import { createSimulatedHypervisor } from '../hypervisor/simulated.ts'
import type { SimulatedHypervisor } from '../hypervisor/simulated.ts'
import { startStandIns } from './index.ts'
import type { StandInOptions, StandIns } from './index.ts'
import { virtApiServices } from './kubevirt/control/webhooks.ts'
import { resources } from './resources.ts'
import type { StandInResource } from './resources.ts'
import { immediateTimings } from './timings.ts'

/** A whole cloud in this process, on a clock that stands still. */
export type Cloud = {
  clock: FakeClock
  server: ApiServer
  transport: Transport
  client: Client
  hypervisor: SimulatedHypervisor
  disks: SimulatedDisks
  standIns: StandIns
  /** Lets `ms` pass. */
  pass: (ms: number) => Promise<void>
  /** Lets time pass until `holds` returns a value, at most `limit` milliseconds; returns it. */
  until: <T>(what: string, holds: () => Promise<T | undefined | false>, limit?: number) => Promise<T>
  get: <T>(resource: StandInResource, name: string, namespace?: string) => Promise<T | undefined>
  /** Ends the stand-ins and starts them again on the same API server and machines. */
  restart: () => Promise<void>
  close: () => Promise<void>
}

export type CloudOptions = Partial<Pick<StandInOptions, 'nodes' | 'timings' | 'crdFolder' | 'guestAgent' | 'realKubeVirt' | 'network'>> & { fetchHead?: FetchHead; importTime?: number }

const root = { username: 'stand-ins', groups: ['system:masters'] }

export const startCloud = async ({ fetchHead, importTime, ...given }: CloudOptions = {}): Promise<Cloud> => {
  const clock = new FakeClock()
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' })
  const hypervisor = createSimulatedHypervisor({ clock })
  const smallImage: FetchHead = () => Promise.resolve({ sizeBytes: 2 ** 20 })
  const disks = createSimulatedDisks({ clock, fetchHead: fetchHead ?? smallImage, importTime: importTime ?? 0 })
  const late: { standIns?: StandIns } = {}
  const server = createApiServer({
    clock,
    tokens: new Map(),
    aggregated: new Map([['subresources.kubevirt.io/v1', { resources: [], handle: (request, user) => (late.standIns as StandIns).subresources.handle(request, user) }]]),
    webhookServices: virtApiServices,
    podLogs: (pod, options) => late.standIns?.podLogs(pod, options),
  })
  const transport = inProcessTransport(server, root)
  const client = createClient(transport)
  const timings = { ...immediateTimings, ...given.timings }
  const start = () => driven(clock, startStandIns({ transport, clock, log, hypervisor, disks, ...given, timings }))
  late.standIns = await start()
  const cloud = {
    clock, server, transport, client, hypervisor, disks,
    get standIns() {
      return late.standIns as StandIns
    },
    pass: (ms: number) => clock.advance(ms),
    until: waiter(clock),
    get: getter(client),
    restart: async () => {
      await (late.standIns as StandIns).stop()
      late.standIns = await start()
    },
    close: async () => {
      await (late.standIns as StandIns).stop()
      await server.close()
    },
  }
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } })
  await cloud.until('the cluster', async () => (await cloud.get<{ status?: { conditions?: object[] } }>(resources.subnets, 'ovn-default'))?.status?.conditions?.length)
  return cloud
}

/** One object, or undefined when there is none. */
const getter = (client: Client) => async <T>(resource: StandInResource, name: string, namespace?: string): Promise<T | undefined> =>
  (await client.list<T>(resource, { namespace, fieldSelector: `metadata.name=${name}` })).items[0]

/** Runs the clock while something that waits for it goes on. */
const driven = async <T>(clock: FakeClock, work: Promise<T>): Promise<T> => {
  const state = { done: false }
  void work.then(() => (state.done = true), () => (state.done = true))
  for (let turn = 0; turn < 2000 && !state.done; turn++) {
    await clock.advance(50)
    await settle()
  }
  return work
}

const waiter = (clock: FakeClock) => async <T>(what: string, holds: () => Promise<T | undefined | false>, limit = 120_000): Promise<T> => {
  const end = clock.now() + limit
  for (;;) {
    for (let turn = 0; turn < 30; turn++) await settle()
    const found = await holds()
    if (found !== undefined && found !== false) return found
    if (clock.now() > end) throw new Error(`waited ${limit} ms in vain for ${what}`)
    await clock.advance(100)
  }
}
