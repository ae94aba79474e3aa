export default {
  extensions: { ts: 'module' },
  files: ['{crds,operator,webhooks,sandbox,e2e,bench}/**/*.test.ts'],
  concurrency: 2,
  // Of silence: the longest test launches 200 instances through real processes.
  timeout: '4m',
  failWithoutAssertions: true,
}
