/**
 * `make e2e`: makes the cluster, or takes the one of KUBECONFIG with E2E_EXISTING=1, installs Kumulus, and runs the integration tests on it, with
 * real guests. Arguments are files to test instead of all.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { clusterTests, runTests } from '../checks.ts'

const here = new URL('.', import.meta.url).pathname

/** Tests that need more than one machine has room for, unless it is said to be there. */
const large = ['an operator killed again and again*', '200 instances applied at once*']

const up = spawnSync(`${here}up.sh`, { stdio: 'inherit' })
if (up.status !== 0) {
  console.log('0 passed, 1 failed')
  process.exit(up.status ?? 1)
}
const left = process.env['E2E_LARGE'] === '1' ? [] : large
for (const title of left) console.log(`Left out, because it needs more guests than one machine holds (E2E_LARGE=1 for a larger cluster): ${title}`)
const files = process.argv.length > 2 ? process.argv.slice(2) : clusterTests
const guest = /^GUEST_IMAGE_URL=(.*)$/m.exec(readFileSync(`${here}versions.env`, 'utf8'))?.[1] ?? ''
const kubeconfig = process.env['E2E_EXISTING'] === '1' ? process.env['KUBECONFIG'] : new URL('../../.cache/e2e/kubeconfig', import.meta.url).pathname
await runTests({
  // One file after the other, because all have the same cluster. Silence, until ava gives up, is a machine that boots.
  args: ['--concurrency', '1', '--timeout', '20m', ...left.flatMap((title) => ['--match', `!${title}`]), ...files],
  env: { E2E_CLUSTER: 'installed', KUBECONFIG: kubeconfig ?? '', E2E_IMAGE_URL: process.env['E2E_IMAGE_URL'] ?? guest },
}, () => Promise.resolve([]))
