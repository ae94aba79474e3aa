import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { operatorSettings } from '../e2e/simulation/operator-process.ts'
import { freePorts } from '../e2e/free-ports.ts'
import { answers, startProgram, type Program } from '../e2e/processes.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { ask, usageOf } from './ask.ts'
import type { Usage } from './probe.ts'

/** A process that says what it has used. */
export type Measured = Pick<Program, 'pid' | 'kill' | 'start'> & {
  /** @param collect - garbage is collected first. */
  usage: (collect?: boolean) => Promise<Usage>
  /** How late its event loop was since this was asked before, 99th percentile in milliseconds. */
  eventLoopDelay: () => Promise<number>
}

/** Milliseconds; a hundred thousand instances take their time on a busy machine. */
export const START_TIMEOUT = 900_000

/** Alone, so that nothing waits for a Lease. */
export const launchOperator = async (data: string, number: number, profiles: string | undefined): Promise<Measured> => {
  const [probes = 0] = await freePorts(1)
  const socket = join(data, `operator-${number}.probe`)
  const args = [
    '--kubeconfig', join(data, 'operator.kubeconfig'), '--no-leader-elect', '--image-sources', operatorSettings.imageSources.join(','), '--log-level', 'warn',
    '--probe-address', `127.0.0.1:${probes}`, '--metrics-address', '127.0.0.1:0',
  ]
  return measured(await startProgram({
    name: 'operator', script: 'operator/main.ts', args, env: probeEnvironment(socket, profiles),
    logFile: join(data, `operator-${number}.log`), startTimeout: START_TIMEOUT, ready: (signal) => answers(`http://127.0.0.1:${probes}/readyz`, signal),
  }), socket)
}

/** Has the process answer at a socket, see probe.ts. Node's cache of compiled code differs from run to run, and with it memory: none is used. */
export const probeEnvironment = (socket: string, profiles: string | undefined, flags: string[] = []): Record<string, string> => ({
  BENCH_PROBE: socket,
  NODE_DISABLE_COMPILE_CACHE: '1',
  NODE_OPTIONS: [
    `--import=${new URL('probe.ts', import.meta.url).href}`, ...flags, ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
  ].join(' '),
})

export const measured = ({ pid, kill, start }: Program, socket: string): Measured => ({
  pid, start,
  kill: async (signal) => {
    await kill(signal)
    await rm(socket, { force: true })
  },
  usage: (collect) => usageOf(socket, collect),
  eventLoopDelay: () => ask<number>(socket, '/event-loop-delay'),
})

/** Resolves when a file is there. */
export const written = async (path: string, signal: AbortSignal): Promise<void> => {
  while ((await readFile(path, 'utf8').catch(() => '')) === '') {
    signal.throwIfAborted()
    await systemClock.sleep(50)
  }
}
