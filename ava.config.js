import { existsSync, globSync } from 'node:fs'
import { filesOf, groups } from './e2e/groups/groups.ts'

/** What starts real processes (ours on the sandbox, guests, a network), and what goes around them (chart, images, kind, GitOps): `make test-integration`. */
const integration = [
  'e2e/{integration,chart,images,kind,gitops}/**/*.test.ts', 'images/**/*.test.ts', 'sandbox/**/*.qemu.test.ts', '{sandbox,e2e}/network/**/{lab,packets}.test.ts',
]
const everything = ['{crds,operator,webhooks,charts,images,sandbox,e2e,bench}/**/*.test.ts', '!e2e/groups/*.test.ts']
const each = [...everything, ...integration.map((pattern) => `!${pattern}`)]

/** Those that share a process are in the file that imports them, the others are named one by one. */
const grouped = () => {
  const names = Object.keys(groups)
  const inGroups = new Set(names.flatMap(filesOf))
  const importers = names.map((name) => `e2e/groups/${name}.test.ts`)
  const missing = importers.find((file) => !existsSync(file))
  if (missing !== undefined) throw new Error(`there is no ${missing}: the tests of its group would not be run`)
  return [...importers, ...globSync(everything[0], { exclude: [...integration, 'e2e/groups/*.test.ts'] }).filter((file) => !inGroups.has(file))]
}

/** By the name in TEST_SUITE; without one, all. No file is in neither `integration` nor `each`, and `unit` is `each` in fewer processes. */
const suites = { integration, each, unit: grouped() }

// What takes longest begins first, so that the end doesn't wait for one file.
const longest = ['explorer/explorer', 'groups/simulation', 'fields/instance', 'integration/guest-data', 'integration/failures', 'integration/survival', 'attacks/specs'].map((name) => `${name}.test.ts`)

const rank = (file) => {
  const found = longest.findIndex((name) => file.endsWith(name))
  return found === -1 ? longest.length : found
}

export default {
  extensions: { ts: 'module' },
  files: suites[process.env.TEST_SUITE] ?? everything,
  // More than the two cores that CI has: the tests with real processes and guests wait more than they work.
  concurrency: 3,
  sortTestFiles: (one, other) => rank(one) - rank(other) || one.localeCompare(other),
  // Processes, because only they share what Node has compiled (NODE_COMPILE_CACHE), which is a third of the suite's time.
  workerThreads: false,
  // Simulations make much and keep little: with a larger nursery most of it is gone before anybody has to copy it.
  nodeArguments: ['--max-semi-space-size=32'],
  // Of silence: the longest test launches 200 instances through real processes.
  timeout: '4m',
  failWithoutAssertions: true,
}
