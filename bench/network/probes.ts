import { systemClock } from '../../operator/runtime/clock.ts'
import { networkRows, podHosts } from '../../sandbox/network/kube-ovn/rows.ts'
import { networkPolicy, objectsOf, pod, subnet, vpc } from '../../sandbox/network/kube-ovn/testing.ts'
import { startLab } from '../../sandbox/network/ovn/lab.ts'
import type { Report } from '../figures.ts'

const HOSTS = 100
/** Each host asks so many others. */
const ASKED = 20

/** How many pairs of hosts that have never spoken the sandbox's lab tries a second: where all is let through, and where nothing is. */
export const measureProbes = async (report: Report): Promise<void> => {
  await using lab = await startLab({ clock: systemClock })
  const pods = Array.from({ length: HOSTS }, (_, index) => pod(`p-${index}`, 'one', `10.0.1.${10 + index}`, { number: index + 1 }))
  const base = [vpc('v'), subnet('one', 'v', '10.0.1.0/24'), ...pods]
  const closing = networkPolicy('closed', { podSelector: {}, policyTypes: ['Ingress'] })
  await lab.apply(networkRows(objectsOf(...base)))
  await lab.addHosts(podHosts(objectsOf(...base)))
  const probes = pods.flatMap((_, from) => Array.from({ length: ASKED }, (_, step) => {
    const to = (from + 1 + step) % HOSTS
    return { from: `team-a/p-${from}`, to: `10.0.1.${10 + to}`, at: `team-a/p-${to}`, protocol: 'tcp' as const, port: 8080 }
  }))
  for (const [outcome, more] of [['passed', []], ['lost', [closing]]] as const) {
    await lab.apply(networkRows(objectsOf(...base, ...more)))
    const begun = systemClock.now()
    // What is late isn't blocked: where all is let through one that is lost is sent again.
    const answers = await lab.probe(probes.map(each => ({ ...each, attempts: outcome === 'passed' ? 3 : 1 })))
    const seconds = (systemClock.now() - begun) / 1000
    const found = answers.filter(each => each.outcome === outcome).length
    const detail = { unit: '1/s', scenario: 'network', outcome, share: found / probes.length, hosts: HOSTS }
    report({ name: 'sandbox_probes_per_s', value: probes.length / seconds, ...detail })
  }
}
