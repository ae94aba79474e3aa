import { hostname } from 'node:os'
import { randomUUID } from 'node:crypto'
import { offerCatalog } from './catalog/controller.ts'
import { readCatalog } from './catalog/manifests.ts'
import { controllers } from './controllers.ts'
import { measureFleet } from './fleet-metrics.ts'
import { sweepOrphans } from './orphans/controller.ts'
import { preflight } from './preflight/controller.ts'
import { runProcess } from './process.ts'
import type { Process } from './process.ts'
import { systemClock } from './runtime/clock.ts'
import { createClient } from './runtime/client.ts'
import { createLeader, leaderTransport } from './runtime/leader.ts'
import type { Leader } from './runtime/leader.ts'
import { measureLeader } from './runtime/leader-metrics.ts'
import { seededRandom } from './runtime/random.ts'
import { createRuntime } from './runtime/runtime.ts'
import { emptyRecycleBin } from './recycle-bin/controller.ts'
import { operatorSettingsOf, parseOperatorFlags } from './settings-flags.ts'
import type { OperatorFlags } from './settings-flags.ts'
import { manageAdmission } from '../webhooks/manage.ts'

/** The operator: wiring, and nothing else. */
await runProcess('operator', () => parseOperatorFlags(process.argv.slice(2), process.env), async (context) => {
  const { flags, transport, log, metrics } = context
  const settings = operatorSettingsOf(flags)
  const identity = `${hostname()}_${randomUUID()}`
  const seed = Number.parseInt(randomUUID().slice(0, 8), 16)
  const leader = leaderOf(context, identity, seed)
  const guarded = leader === undefined ? transport : leaderTransport(transport, leader.leads)
  const namespaces = flags.namespaces.length === 0 ? undefined : flags.namespaces
  const runtime = createRuntime({ transport: guarded, clock: systemClock, log, metrics, identity, seed, namespaces })
  for (const { register } of controllers(settings)) register(runtime)
  offerCatalog(runtime, flags.catalog === undefined ? [] : readCatalog(flags.catalog))
  emptyRecycleBin(runtime, systemClock)
  if (namespaces === undefined) sweepOrphans(runtime, systemClock, settings.operatorNamespace)
  preflight(runtime, { clock: systemClock, log })
  measureFleet(runtime)
  measureLeader(metrics.registry, flags['leader-election-name'], leader?.leads ?? (() => true))
  manageAdmission(runtime, { clock: systemClock, log, namespace: settings.operatorNamespace, endpoint: endpointOf(flags), given: !flags['manage-webhooks'] })
  const ending = new AbortController()
  const leading = leader?.acquire(ending.signal)
  runtime.start(undefined, leading)
  void leading?.then(async () => {
    if ((await leader?.hold(ending.signal)) === 'lost') context.die('lost the Lease: another process may lead now')
  }, () => {})
  return {
    ready: { caches: () => runtime.synced },
    stop: async () => {
      await runtime.stop()
      ending.abort(new Error('stopping'))
      if (leader?.leads() === true) await leader.hold(ending.signal)
    },
  }
})

function leaderOf({ flags, transport, log }: Process<OperatorFlags>, identity: string, seed: number): Leader | undefined {
  if (!flags['leader-elect']) return undefined
  const client = createClient(transport)
  const namespace = flags['operator-namespace']
  return createLeader({ client, clock: systemClock, random: seededRandom(seed), log, namespace, name: flags['leader-election-name'], identity })
}

function endpointOf(flags: OperatorFlags): { url: string } | { service: { namespace: string; name: string } } | undefined {
  if (flags['webhook-url'] !== undefined) return { url: flags['webhook-url'] }
  const [namespace, name] = flags['webhook-service']?.split('/') ?? []
  return namespace === undefined || name === undefined ? undefined : { service: { namespace, name } }
}
