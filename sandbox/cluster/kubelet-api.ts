import { ApiError, type Client } from '../../operator/runtime/client.ts'
import { textResponse, type ServerRequest, type ServerResponse } from '../apiserver/request.ts'
import type { AnyObject } from '../apiserver/resource.ts'
import type { PodLogs } from '../apiserver/subresources/pods.ts'
import { resources } from '../stand-ins/resources.ts'

const path = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/

/** What an API server asks a kubelet for: logs. Source: kubernetes pkg/kubelet/server, `getContainerLogs`. */
export const kubeletApi = (client: Client, podLogs: PodLogs) => ({
  handle: async ({ method, path: asked, query, signal }: ServerRequest): Promise<ServerResponse> => {
    const [, namespace, name, container] = path.exec(asked) ?? []
    if (method !== 'GET' || namespace === undefined || name === undefined || container === undefined) return textResponse(404, '404 page not found\n')
    try {
      const pod = await client.get<AnyObject>(resources.pods, { namespace, name })
      const tailLines = query.get('tailLines')
      const lines = podLogs(pod, {
        namespace, name, container, signal,
        follow: query.get('follow') === 'true',
        previous: query.get('previous') === 'true',
        ...(tailLines === null ? {} : { tailLines: Number(tailLines) }),
      })
      if (lines === undefined) return textResponse(400, `container "${container}" in pod "${name}" is waiting to start: ContainerCreating`)
      return { ...textResponse(200, ''), body: lines }
    } catch (error) {
      return textResponse(error instanceof ApiError ? error.status : 500, (error as Error).message)
    }
  },
})
