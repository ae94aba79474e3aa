export default {
  extensions: { ts: 'module' },
  files: ['{crds,operator,webhooks,sandbox,e2e,bench}/**/*.test.ts'],
  concurrency: 2,
  timeout: '90s',
  failWithoutAssertions: true,
}
