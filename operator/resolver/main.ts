import { formatCidr } from '../../crds/cidr.ts'
import { UsageError } from '../flags.ts'
import { systemClock } from '../runtime/clock.ts'
import { listen, probes } from '../runtime/health.ts'
import { createLog } from '../runtime/log.ts'
import { startResolver } from './server.ts'
import { ownAddress, resolverSettingsOf, type ResolverSettings } from './settings.ts'
import { createUpstream } from './upstream.ts'

/** The DNS server of one VPC. It reads no file and has no rights: what it knows is in its flags. What is asked is logged nowhere. */
const run = async (settings: ResolverSettings): Promise<void> => {
  const log = createLog({ name: 'resolver', level: settings.logLevel })
  const upstream = createUpstream(settings.upstreams, systemClock)
  const address = ownAddress(settings.network)
  const server = await startResolver({ address, port: settings.port, zone: settings.zone, upstream, clock: systemClock })
  const pages = await listen(probes({}, {}), settings.probeAddress)
  log.info({ address, port: server.port, domain: settings.zone.domain.join('.'), blocks: settings.zone.blocks.map(formatCidr) }, 'started')
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => void Promise.all([server.close(), pages.close()]).finally(() => process.exit(0)))
  }
}

try {
  await run(resolverSettingsOf(process.argv.slice(2), process.env))
} catch (error) {
  const isHelp = error instanceof UsageError && error.message.includes('Usage:')
  ;(isHelp ? process.stdout : process.stderr).write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(isHelp ? 0 : error instanceof UsageError ? 2 : 1)
}
