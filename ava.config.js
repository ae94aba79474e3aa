/** What starts real processes (ours on the sandbox, guests, a network), and what goes around them (chart, images, kind, GitOps): `make test-integration`. */
const integration = [
  'e2e/{integration,chart,images,kind,gitops}/**/*.test.ts', 'images/**/*.test.ts', 'sandbox/**/*.qemu.test.ts', '{sandbox,e2e}/network/**/{lab,packets}.test.ts',
]
const everything = ['{crds,operator,webhooks,charts,images,sandbox,e2e,bench}/**/*.test.ts']

/** By the name in TEST_SUITE; without one, all. No file is in neither. */
const suites = { integration, unit: [...everything, ...integration.map((pattern) => `!${pattern}`)] }

// What takes longest begins first, so that the end doesn't wait for one file.
const longest = ['explorer/explorer', 'fields/instance', 'integration/guest-data', 'integration/failures', 'integration/survival', 'attacks/specs'].map((name) => `${name}.test.ts`)

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
