import { jsonResponse, type ServerRequest, type ServerResponse } from '../apiserver/request.ts'
import type { AggregatedApi } from '../apiserver/server.ts'

export const groupVersion = 'subresources.kubevirt.io/v1'

/** virt-api as an API server of its own, that a real one forwards to. Who asks is told by the front proxy, which nobody else can pass for. */
export const virtApi = (subresources: AggregatedApi) => ({
  handle: (request: ServerRequest): Promise<ServerResponse> => {
    if (request.path === `/apis/${groupVersion}`) return Promise.resolve(jsonResponse(200, resourceList(subresources)))
    const { 'x-remote-user': username = '', 'x-remote-group': groups = '' } = request.headers
    return subresources.handle(request, { username, groups: groups.split(', ') })
  },
})

const resourceList = ({ resources }: AggregatedApi) => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: resources.map((resource) => ({ ...resource, singularName: '' })),
})
