import type { Hypervisor } from '../../hypervisor/hypervisor.ts'
import type { Cache } from '../../../operator/runtime/store.ts'
import { specs } from '../specs.ts'
import { statusResponse } from '../server-response.ts'
import type { ServerRequest, ServerResponse } from '../server-response.ts'

/** Serves `GET …/pods/{name}/log`: the guest's serial console for `guest-console-log`, the launcher's own words for `compute`. */
export const createPodLogs = (cache: Cache, hypervisor: Hypervisor) => (request: ServerRequest): Promise<ServerResponse> => {
  const [, namespace, name] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(request.path) ?? []
  const pod = cache.of(specs.pods).get(`${namespace}/${name}`)
  if (pod === undefined) return Promise.resolve(statusResponse(404, 'NotFound', `pods "${name}" not found`))
  const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name)
  const container = request.query?.['container'] ?? pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? pod.spec.containers[0]?.name ?? ''
  if (!names.includes(container)) {
    return Promise.resolve(statusResponse(400, 'BadRequest', `container ${container} is not valid for pod ${name}`))
  }
  if (pod.status?.phase === undefined || pod.status.phase === 'Pending') {
    const message = `container "${container}" in pod "${name}" is waiting to start: ContainerCreating`
    return Promise.resolve(statusResponse(400, 'BadRequest', message))
  }
  const uid = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachineInstance')?.uid ?? ''
  const tail = request.query?.['tailLines']
  const options = {
    follow: request.query?.['follow'] === 'true',
    ...(tail === undefined ? {} : { tailLines: Number(tail) }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  }
  const chunks = container === 'guest-console-log' ? hypervisor.console(uid, options) : launcherLog(pod.metadata.name)
  return Promise.resolve({ status: 200, headers: { 'content-type': 'text/plain' }, chunks })
}

async function* launcherLog(pod: string): AsyncIterable<string> {
  yield await Promise.resolve(`{"component":"virt-launcher","level":"info","msg":"Detected domain of ${pod}"}\n`)
}
