/**
 * Loaded into a measured process before its program (`node --import`), by the bench alone: answers at a Unix socket what the process has used,
 * more exactly than can be seen from outside, and collects garbage when asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectGarbage } from './garbage.ts'

/** What a process has used since its start. */
export type Usage = {
  /** Processor time of all its threads, in milliseconds. */
  cpu: number
  /** Resident memory in bytes. */
  rss: number
  /** JavaScript objects in bytes, and what they hold outside the heap. */
  heap: number
  external: number
}

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 10

const delays = monitorEventLoopDelay({ resolution: RESOLUTION })
delays.enable()

const answers = new Map<string, (query: URLSearchParams) => unknown>()

/** Serves what `answer` says at a path of the socket too. */
export const expose = (path: string, answer: (query: URLSearchParams) => unknown): void => void answers.set(path, answer)

const usage = (): Usage => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpu: (user + system) / 1000, rss, heap: heapUsed, external }
}

/** How late the event loop was since this was asked before, 99th percentile in milliseconds. */
const eventLoopDelay = (): number => {
  const late = delays.count === 0 ? 0 : Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION)
  delays.reset()
  return late
}

expose('/usage', (query) => {
  if (query.has('collect')) collectGarbage()
  return usage()
})
expose('/event-loop-delay', eventLoopDelay)

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://probe')
  const found = answers.get(pathname)
  response.statusCode = found === undefined ? 404 : 200
  response.end(JSON.stringify(found?.(searchParams) ?? null))
}

const path = process.env['BENCH_PROBE']
if (path !== undefined) createServer(answer).listen(path).unref()
