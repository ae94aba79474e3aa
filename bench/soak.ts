import { startOperatorProcess } from '../e2e/simulation/operator-process.ts'
import { admin } from '../e2e/simulation/cloud.ts'
import { createClient, type Client } from '../operator/runtime/client.ts'
import { FakeClock } from '../operator/runtime/fake-clock.ts'
import { inProcessTransport } from '../sandbox/apiserver/in-process.ts'
import { createApiServer, type ApiServer } from '../sandbox/apiserver/server.ts'
import { answerDataVolume } from './answers.ts'
import { progress, type Report } from './figures.ts'
import { collectGarbage } from './garbage.ts'
import { instance, kind } from './manifests.ts'
import { launchOne } from './seed/launched.ts'
import { populate, tenantName } from './seed/population.ts'

const MINUTE = 60_000
/** Instances that are there throughout, and how many a minute are replaced: ten times the usual churn, to see a leak ten times as well. */
const PRESENT = 200
const REPLACED_A_MINUTE = 20
const WARM_UP = 10
const MINUTES = 60
const tenant = tenantName(0)
const events = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }

/**
 * What is left in memory of instances that are gone. API server and operator are in this process and time is ours, so that all that lives for some
 * minutes (tombstones, back-offs, history) has had its time. Kubernetes' Events are deleted before each look: they are kept for an hour by design.
 */
export const measureSoak = async (report: Report): Promise<void> => {
  const clock = new FakeClock()
  const state = populate(await launchOne('Running'), { tenants: 1, instances: PRESENT })
  const server = createApiServer({ clock, tokens: new Map(), restore: state })
  const client = createClient(inProcessTransport(server, admin))
  server.subscribe(({ bucket, key, type }) => {
    const [namespace = '', name = ''] = key.split('/')
    if (type === 'ADDED' && bucket === 'cdi.kubevirt.io/datavolumes') void answerDataVolume(client, { name, namespace })
  })
  const operator = startOperatorProcess(server, clock, {})
  const soak = { client, clock, server, replaced: 0 }
  progress(`soak: replacing ${REPLACED_A_MINUTE} instances a minute for ${WARM_UP + MINUTES} minutes of a clock that is moved`)
  await clock.advance(MINUTE)
  await replaceFor(soak, WARM_UP)
  const before = await memoryInUse(soak)
  await replaceFor(soak, MINUTES)
  const growth = (await memoryInUse(soak)) - before
  operator.crash()
  await server.close()
  const replaced = REPLACED_A_MINUTE * MINUTES
  const detail = { scenario: 'soak', instances: PRESENT, replaced, minutes: MINUTES, afterMinutes: WARM_UP }
  report({ name: 'memory_growth_mb', value: growth / 2 ** 20, unit: 'MiB', ...detail, of: before / 2 ** 20, bytesPerReplaced: growth / replaced })
}

type Soak = { client: Client; clock: FakeClock; server: ApiServer; replaced: number }

const replaceFor = async (soak: Soak, minutes: number): Promise<void> => {
  for (let minute = 0; minute < minutes; minute++) {
    const names = Array.from({ length: REPLACED_A_MINUTE }, () => `soak-${soak.replaced++}`)
    for (const name of names) await soak.client.create(kind('Instance'), instance(name, { namespace: tenant }))
    await soak.clock.advance(MINUTE / 2)
    for (const name of names) await soak.client.delete(kind('Instance'), { name, namespace: tenant })
    await soak.clock.advance(MINUTE / 2)
  }
}

const memoryInUse = async ({ client, clock, server }: Soak): Promise<number> => {
  // Whatever waits for its ten minutes or less to be over.
  await clock.advance(15 * MINUTE)
  const left = (await client.list(kind('Instance'), { namespace: tenant })).items.length
  if (left !== PRESENT) throw new Error(`${left} instances are there, not ${PRESENT}: what was deleted has not gone`)
  for (const { metadata } of (await client.list(events)).items) await client.delete(events, { name: metadata.name, namespace: metadata.namespace })
  server.compact()
  await clock.advance(MINUTE)
  collectGarbage()
  return process.memoryUsage().heapUsed
}
