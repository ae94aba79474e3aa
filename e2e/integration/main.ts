/**
 * `make test-integration`: the tests of real processes, and real guests where QEMU is, on the sandbox. Arguments are passed on to ava.
 */
import { runTests } from '../checks.ts'

await runTests({ args: process.argv.slice(2), env: { TEST_SUITE: 'integration' } }, () => Promise.resolve([]))
