/**
 * `make test`: types, generated files, then every test that needs no process but its own, with one closing line that a machine can read.
 * Arguments are passed on to ava, for example `node e2e/run-tests.ts 'operator/**\/*.test.ts'`.
 */
import { run, runTests, type Check } from './checks.ts'

const checks = [
  // By its path: the TypeScript that ESLint needs has a tsc too, which takes three times as long.
  { name: 'types', command: process.execPath, args: ['node_modules/@typescript/native/bin/tsc', '-p', '.'] },
  { name: 'generated files are in step', command: process.execPath, args: ['crds/generate.ts', '--check'] },
  { name: 'the chart is in step', command: process.execPath, args: ['charts/generate.ts', '--check'] },
]

// The checks beside the tests: some of those wait for processes more than they work.
const checked = Promise.all(checks.map(async ({ name, ...command }): Promise<Check> => {
  const { code, output } = await run(command, { quiet: true })
  return { name, passed: code === 0, output }
}))
const args = process.argv.slice(2)
await runTests({ args, env: { TEST_SUITE: args.length === 0 ? 'unit' : 'each' } }, () => checked)
