/**
 * `make test-kubevirt`: Kumulus on KubeVirt's own virt-api and virt-controller, which a cluster must have already: the one of KUBECONFIG. Of KubeVirt
 * only what a node does is played, on nodes that the tests bring along. Arguments are files to test instead of all.
 */
import { clusterTests, runTests } from '../checks.ts'

const files = process.argv.slice(2)
/** KubeVirt's controllers write a few dozen objects a second: what tests our pace with hundreds of machines would test theirs. */
const large = '* instances applied at once*'
const suites = ['e2e/kubevirt/**/*.test.ts', ...clusterTests]

if (!process.env['KUBECONFIG']) {
  console.error('make test-kubevirt needs a cluster on which virt-api and virt-controller run: name its administrator\'s kubeconfig by KUBECONFIG.')
  console.log('0 passed, 1 failed')
  process.exit(1)
}
await runTests({
  // One file after the other: all have the same cluster.
  args: ['--concurrency', '1', '--match', `!${large}`, ...(files.length > 0 ? files : suites)],
  env: { E2E_CLUSTER: 'kubernetes', E2E_EXISTING: '1', E2E_KUBEVIRT: 'installed' },
}, () => Promise.resolve([]))
