import { virtualMachineInstanceResource } from '../operator/providers/kubevirt/resources.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { sshAnswers } from '../sandbox/hypervisor/ssh-banner.ts'
import { startCluster, type Cluster } from './cluster.ts'
import type { Report } from './figures.ts'
import { instance, kind, namespace, type Anything } from './manifests.ts'
import { canRunGuests } from './real-guests.ts'
import { until } from './waiting.ts'

const PATIENCE = 180_000
const name = 'web'

/** A Linux guest in QEMU, from the creation of its Instance to the first word of its SSH server; the image is there already. */
export const measureSSH = async (report: Report): Promise<void> => {
  if (!(await canRunGuests('ssh: skipped'))) return
  const cluster = await startCluster({ instances: 1, profiles: undefined, hypervisor: 'qemu' })
  try {
    await cluster.startOperator()
    const begun = systemClock.now()
    await cluster.client.create(kind('Instance'), instance(name))
    const [host = '', port = ''] = (await endpointOf(cluster)).split(':')
    const running = systemClock.now()
    await sshAnswers({ host, port: Number(port) }, systemClock, AbortSignal.timeout(PATIENCE))
    const detail = { scenario: 'ssh', untilQemuRuns: (running - begun) / 1000 }
    report({ name: 'launch_to_ssh_s', value: (systemClock.now() - begun) / 1000, unit: 's', ...detail })
  } finally {
    await cluster.stop()
  }
}

const endpointOf = async ({ client }: Cluster): Promise<string> => {
  let endpoint: string | undefined
  await until('the guest to be started', PATIENCE, async () => {
    const run = await client.get<Anything>(virtualMachineInstanceResource, { name, namespace }).catch(() => undefined)
    endpoint = run?.metadata.annotations?.['sandbox.kumulus.dev/ssh-endpoint']
    return endpoint !== undefined
  })
  return endpoint ?? ''
}
