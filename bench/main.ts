import { measureArrivals } from './arrivals.ts'
import { measureChurn } from './churn.ts'
import { measureFairness } from './fairness.ts'
import { print, progress, type Report } from './figures.ts'
import { measureLaunch } from './launch.ts'
import { HELP, parseOptions, scenarios, type BenchOptions, type Scenario } from './options.ts'
import { measureNetwork } from './network.ts'
import { measureRawWrites } from './raw.ts'
import { measureRest } from './rest.ts'
import { measureSandbox } from './sandbox.ts'
import { measureSoak } from './soak.ts'
import { measureSSH } from './ssh.ts'
import { measureStorage } from './storage.ts'
import { measureWrites } from './writes.ts'

const measurements: Record<Scenario, (options: BenchOptions, report: Report) => Promise<void>> = {
  writes: (_, report) => measureWrites(report),
  raw: measureRawWrites,
  launch: measureLaunch,
  arrivals: measureArrivals,
  rest: measureRest,
  churn: measureChurn,
  soak: (_, report) => measureSoak(report),
  fairness: measureFairness,
  sandbox: measureSandbox,
  network: (_, report) => measureNetwork(report),
  storage: ({ profiles }, report) => measureStorage(profiles, report),
  ssh: (_, report) => measureSSH(report),
}

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

const options = parsedOrExit()
for (const scenario of scenarios.filter((each) => options.only.includes(each))) {
  try {
    await measurements[scenario](options, (figure) => print({ ...figure, cluster: options.cluster }))
  } catch (error) {
    // The other scenarios' figures are worth having all the same.
    progress(`bench: ${scenario}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
