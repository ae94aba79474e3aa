export default {
  extensions: { ts: 'module' },
  files: ['{crds,operator,webhooks,charts,sandbox,e2e,bench}/**/*.test.ts'],
  // More than the two cores that CI has: the tests with real processes and guests wait more than they work.
  concurrency: 3,
  // Processes, because only they share what Node has compiled (NODE_COMPILE_CACHE), which is a third of the suite's time.
  workerThreads: false,
  // Simulations make much and keep little: with a larger nursery most of it is gone before anybody has to copy it.
  nodeArguments: ['--max-semi-space-size=32'],
  // Of silence: the longest test launches 200 instances through real processes.
  timeout: '4m',
  failWithoutAssertions: true,
}
