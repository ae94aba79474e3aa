import { UsageError } from './flags.ts'
import type { Values } from './flags.ts'
import { systemClock } from './runtime/clock.ts'
import { kubeConfigCredentials } from './runtime/credentials.ts'
import { listen, metricsPage, probes } from './runtime/health.ts'
import type { Checks } from './runtime/health.ts'
import { createHttpsTransport } from './runtime/https-transport.ts'
import { createLog } from './runtime/log.ts'
import type { Log } from './runtime/log.ts'
import { createMetrics } from './runtime/metrics.ts'
import type { Metrics } from './runtime/metrics.ts'
import type { Transport } from './runtime/transport.ts'
import type { commonFlags } from './settings-flags.ts'

/** What every program of ours is given. */
export type Process<F> = {
  flags: F
  transport: Transport
  log: Log
  metrics: Metrics
  /** Ends the process now, with status 1, because going on would be wrong. */
  die: (why: string) => void
}

export type Program = {
  /** What has to hold before the process is ready. */
  ready: Checks
  /** Ends gracefully; called once. */
  stop: () => Promise<void>
}

/** Milliseconds after which a stop that hangs is cut short; a pod gets 30 s by default. */
const STOP_TIMEOUT = 25_000

/** Runs a program: flags, log, metrics, probes, and a graceful end on SIGTERM and SIGINT. A second signal ends it at once. */
export const runProcess = async <F extends Values<typeof commonFlags>>(
  name: string,
  parse: () => F,
  start: (context: Process<F>) => Promise<Program>,
): Promise<void> => {
  const flags = parsedOrExit(parse)
  const log = createLog({ name, level: flags['log-level'] })
  const die = (why: string) => {
    log.fatal(why)
    process.exit(1)
  }
  process.on('unhandledRejection', (reason) => {
    log.fatal({ err: reason }, 'a promise was rejected and nobody cared')
    process.exit(1)
  })
  try {
    const credentials = kubeConfigCredentials({ file: flags.kubeconfig, context: flags.context })
    const host = new URL((await credentials.load(false)).server).host
    const transport = createHttpsTransport({ credentials, clock: systemClock })
    const metrics = createMetrics({ host, process: true })
    const program = await start({ flags, transport, log, metrics, die })
    const pages = [
      await listen(probes({}, program.ready), flags['probe-address']),
      await listen(metricsPage(metrics.registry), flags['metrics-address']),
    ]
    log.info({ server: host, probes: pages[0]?.address.port, metrics: pages[1]?.address.port }, 'started')
    endOnSignal(log, async () => {
      await program.stop()
      await Promise.all(pages.map((page) => page.close()))
      await transport.close()
    })
  } catch (error) {
    log.fatal({ err: error }, 'could not start')
    process.exit(1)
  }
}

const parsedOrExit = <F>(parse: () => F): F => {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const help = error.message.includes('Usage:')
    ;(help ? process.stdout : process.stderr).write(`${error.message}\n`)
    process.exit(help ? 0 : 2)
  }
}

const endOnSignal = (log: Log, stop: () => Promise<void>): void => {
  let stopping = false
  const onSignal = (signal: string) => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'stopping')
    systemClock.after(STOP_TIMEOUT, () => {
      log.error('stopping took too long')
      process.exit(1)
    })
    stop().then(() => process.exit(0), (error: unknown) => {
      log.error({ err: error }, 'stopping failed')
      process.exit(1)
    })
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
