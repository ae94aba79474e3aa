/**
 * `make bench-check`: has a launch become dearer? Processor time is compared, not the clock's, and as a ratio to what raw writes cost in the
 * same round, so that neither a busy machine nor another one changes the answer much; of several rounds the median counts.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { progress } from './figures.ts'
import { median, readKept, verdictOn, writeKept, type Ratio } from './kept.ts'
import { createInstances } from './launch.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import type { Measured } from './measured.ts'
import { writeRaw } from './raw.ts'
import { until, untilRest } from './waiting.ts'

const HELP = `Compares the processor time of a launch with the kept figure (bench/kept.json). Takes two minutes. Exit status 1: more than a fifth dearer.

Usage: node bench/check.ts [flags]

  --keep   keep this run's figure for later runs
  --help   this text
`
/** In each slice so many instances are launched, and raw writes made at the same time: what disturbs the one then disturbs the other. */
const INSTANCES = 25
const WRITES = 250
const SLICES = 4
const ROUNDS = 5
/** Rounds before the first that counts: what runs first is compiled first. */
const WARM_UP = 2

const measure = async (): Promise<Ratio> => {
  const server = await startLoneServer({ tenants: 1, instances: 0, state: 'Stopped', profiles: undefined, cluster: 'sandbox' })
  try {
    const operator = await server.startOperator()
    await untilRest(operator, 60_000)
    const rounds: number[] = []
    for (let round = 0; round < WARM_UP + ROUNDS; round++) rounds.push(await measureRound(server, operator, round))
    const counted = rounds.slice(WARM_UP)
    return { ratio: median(counted), rounds: counted }
  } finally {
    await server.stop()
  }
}

const measureRound = async (server: LoneServer, operator: Measured, round: number): Promise<number> => {
  const before = await operator.usage()
  let raw = 0
  for (let slice = round * SLICES; slice < (round + 1) * SLICES; slice++) {
    await createInstances(server.client, { from: slice * INSTANCES, to: (slice + 1) * INSTANCES, state: 'Stopped' })
    raw += (await writeRaw(server.client, `raw-${slice}`, WRITES)).cpu / SLICES
    await until('the machines', 120_000, async () => (await server.applied()) >= (slice + 1) * INSTANCES)
  }
  const each = ((await operator.usage()).cpu - before.cpu) / (SLICES * INSTANCES)
  const ratio = each / raw
  const counts = round < WARM_UP ? ' (not counted: warming up)' : ''
  progress(`round ${round + 1}: ${each.toFixed(2)} ms an instance, ${raw.toFixed(3)} ms a raw write, ratio ${ratio.toFixed(1)}${counts}`)
  return ratio
}

const run = async (keep: boolean): Promise<void> => {
  const found = await measure()
  const { passes, text } = verdictOn(found.ratio, await readKept())
  if (keep) {
    await writeKept({ ...found, date: new Date().toISOString().slice(0, 10), node: process.versions.node, cpu: cpus()[0]?.model ?? 'unknown' })
    process.stdout.write(`Kept: one Instance costs ${found.ratio.toFixed(1)} raw writes.\n`)
    return
  }
  process.stdout.write(`${text}\n`)
  process.exitCode = passes ? 0 : 1
}

try {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } })
  if (values.help) process.stdout.write(HELP)
  else await run(values.keep)
} catch (error) {
  process.stderr.write(`bench-check: ${(error as Error).message}\n`)
  process.exitCode = 2
}
