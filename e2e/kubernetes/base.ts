import { join } from 'node:path'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createClient } from '../../operator/runtime/client.ts'
import { kubeConfigCredentials } from '../../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../../operator/runtime/https-transport.ts'
import { installCrds } from '../../sandbox/stand-ins/install-crds.ts'
import { startKubernetes } from './control-plane.ts'

/**
 * Lets a control plane take the definitions of all that Kumulus builds on, once: with upstream's that is more work than everything else at a start.
 * What it leaves is a base: every control plane of a suite begins with a copy.
 */
export const makeBase = async (data: string, step: (line: string) => void): Promise<string> => {
  const kubeconfig = join(data, 'administrator')
  const { program } = await startKubernetes(data, kubeconfig, step)
  const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file: kubeconfig }), clock: systemClock })
  try {
    step('Installing the definitions of KubeVirt, CDI, Kube-OVN and CSI')
    await installCrds(createClient(transport), systemClock, process.env['UPSTREAM_CRDS'])
  } finally {
    await transport.close()
    await program?.kill()
  }
  return join(data, 'kubernetes')
}
