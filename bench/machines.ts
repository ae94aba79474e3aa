import type { ResourceType } from '../crds/kubernetes.ts'
import type { Client } from '../operator/runtime/client.ts'
import { namespace } from './manifests.ts'

export const virtualMachines: ResourceType = { group: 'kubevirt.io', version: 'v1', kind: 'VirtualMachine', plural: 'virtualmachines', namespaced: true }

export type Machines = {
  /** When each VirtualMachine was seen first, by name, in milliseconds of `performance.now`. */
  readonly seenAt: ReadonlyMap<string, number>
  close: () => void
}

/** Watches VirtualMachines as any client would. One that breaks off fails the run by never showing what is waited for. */
export const watchMachines = async (client: Client): Promise<Machines> => {
  const { items, resourceVersion } = await client.list(virtualMachines, { namespace })
  const seenAt = new Map(items.map(({ metadata }) => [metadata.name, performance.now()]))
  const ending = new AbortController()
  const events = await client.watch(virtualMachines, { namespace, resourceVersion, timeoutSeconds: 1800, signal: ending.signal })
  const follow = async () => {
    for await (const { type, object } of events) {
      if (type === 'ADDED') seenAt.set((object).metadata.name, performance.now())
    }
  }
  follow().catch(() => {})
  return { seenAt, close: () => ending.abort(new Error('seen enough')) }
}
