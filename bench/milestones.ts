import type { Clock } from '../operator/runtime/clock.ts'
import type { ApiServer } from '../sandbox/apiserver/server.ts'

/** How far the instances of one namespace have come since the server started. Times are milliseconds since the epoch. */
export type Milestones = {
  /** Instance → when it was stored. */
  created: Record<string, number>
  /** Instance → when its machine, the last of its children, was stored. */
  applied: Record<string, number>
}

/** Notes it where the writes are, which costs a hundredth of what a watch of all machines would. */
export const watchMilestones = (server: Pick<ApiServer, 'subscribe'>, clock: Clock): { of: (namespace: string) => Milestones } => {
  const byNamespace = new Map<string, Milestones>()
  const noted = { 'kumulus.dev/instances': 'created', 'kubevirt.io/virtualmachines': 'applied' } as const
  server.subscribe(({ bucket, key, type }) => {
    const what = bucket in noted ? noted[bucket as keyof typeof noted] : undefined
    if (type !== 'ADDED' || what === undefined) return
    const slash = key.indexOf('/')
    const namespace = key.slice(0, slash)
    const passed = byNamespace.get(namespace) ?? { created: {}, applied: {} }
    byNamespace.set(namespace, passed)
    passed[what][key.slice(slash + 1)] = clock.now()
  })
  return { of: (namespace) => byNamespace.get(namespace) ?? { created: {}, applied: {} } }
}
