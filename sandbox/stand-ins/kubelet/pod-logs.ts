import type { PodLogs } from '../../apiserver/subresources/pods.ts'
import type { Hypervisor } from '../../hypervisor/hypervisor.ts'
import type { Pod } from './types.ts'

/** Logs of launcher pods: the guest's serial console for `guest-console-log`, the launcher's own words for `compute`. */
export const createPodLogs = (hypervisor: Hypervisor): PodLogs => (object, { container, follow, tailLines, signal }) => {
  const pod = object as unknown as Pod
  if (pod.status?.phase === undefined || pod.status.phase === 'Pending') return undefined
  const uid = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachineInstance')?.uid
  if (uid === undefined || container === 'compute') return launcherLog(pod.metadata.name)
  if (container !== 'guest-console-log') return undefined
  return hypervisor.console(uid, { follow, ...(tailLines === undefined ? {} : { tailLines }), ...(signal === undefined ? {} : { signal }) })
}

async function* launcherLog(pod: string): AsyncIterable<string> {
  yield await Promise.resolve(`{"component":"virt-launcher","level":"info","msg":"Detected domain of ${pod}"}\n`)
}
