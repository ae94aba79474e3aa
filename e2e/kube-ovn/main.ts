/**
 * `make test-kube-ovn`: packets through Kube-OVN's own controller, which a cluster must have already, and the OVN that it writes. Of Kube-OVN only
 * what a node does is played: a pod's port is plugged, by a node of ours that joins that OVN.
 */
import { runTests } from '../checks.ts'

const needed = {
  KUBECONFIG: 'its administrator\'s kubeconfig',
  OVN_NB_DB: 'the address of OVN\'s Northbound database, as tcp:ADDRESS:PORT',
  OVN_SB_DB: 'the address of its Southbound database',
}
const missing = Object.entries(needed).filter(([name]) => !process.env[name])

if (missing.length > 0) {
  console.error(`make test-kube-ovn needs a cluster on which kube-ovn-controller runs: name ${missing.map(([name, what]) => `${what} by ${name}`).join(', ')}.`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const env = { E2E_CLUSTER: 'kubernetes', E2E_EXISTING: '1', E2E_KUBE_OVN: 'installed' }
await runTests({ args: ['--concurrency', '1', 'e2e/kube-ovn/**/*.test.ts'], env }, () => Promise.resolve([]))
