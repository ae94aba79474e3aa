import { measureArrivals } from './arrivals.ts'
import { startCluster } from './cluster.ts'
import { print, progress } from './figures.ts'
import { measureLaunch } from './launch.ts'
import { HELP, parseOptions, type BenchOptions } from './options.ts'
import { measureRawWrites } from './raw.ts'
import { measureWrites } from './writes.ts'

const parsedOrExit = (): BenchOptions => {
  try {
    const options = parseOptions(process.argv.slice(2))
    if (options !== 'help') return options
    process.stdout.write(HELP)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\nTry --help.\n`)
    process.exit(2)
  }
}

/** What needs processes of its own shares one sandbox; raw writes go first, while it is empty. */
const measureProcesses = async (options: BenchOptions): Promise<void> => {
  const { only, instances } = options
  const cluster = await startCluster(options)
  try {
    if (only.includes('raw')) await measureRawWrites(cluster, print)
    if (only.includes('launch')) await measureLaunch(cluster, instances, print)
    if (only.includes('arrivals')) await measureArrivals(cluster, print)
  } finally {
    await cluster.stop()
  }
}

const options = parsedOrExit()
try {
  if (options.only.includes('writes')) await measureWrites(print)
  if (options.only.some((each) => each !== 'writes')) await measureProcesses(options)
} catch (error) {
  progress(`bench: ${(error as Error).message}`)
  process.exitCode = 1
}
