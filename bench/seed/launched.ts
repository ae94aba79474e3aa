import { createWorld, type World } from '../../e2e/simulation/world.ts'
import { operatorSettings } from '../../e2e/simulation/operator-process.ts'
import type { StoredState } from '../../sandbox/apiserver/storage.ts'
import { globalPrerequisites, instance, kind, tenantPrerequisites } from '../manifests.ts'
import type { Placed } from './identity.ts'

export type State = 'Running' | 'Stopped'

/** One tenant with one instance, really launched: what populations are cloned from. */
export type Launched = {
  revision: number
  /** What all tenants share: definitions, nodes, instance types. */
  shared: readonly Placed[]
  /** What a tenant has before its first instance. */
  tenant: readonly Placed[]
  /** What came with the instance. */
  instance: readonly Placed[]
  namespace: string
  name: string
  address: string
}

const namespace = 'tenant-template'
const name = 'instance-template'
const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
/** Long enough for the last status to be written. */
const REST = 600_000

/** Launches an instance on the API server, the stand-ins and the operator in this process, and waits until all of them rest. */
export const launchOne = async (state: State): Promise<Launched> => {
  const world = await createWorld()
  await world.apply(...globalPrerequisites())
  await world.clock.advance(REST)
  const before = keysOf(world.server.state())
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await world.apply(...tenantPrerequisites(`${operatorSettings.imageSources[0]}linux.img`, namespace))
  await world.until(() => has(world, 'Image', 'linux', 'available'))
  await world.clock.advance(REST)
  const prepared = keysOf(world.server.state())
  await world.apply(instance(name, { namespace, state }))
  await world.until(() => has(world, 'Instance', name, state.toLowerCase()))
  await world.clock.advance(REST)
  const address = String((await world.get(kind('Instance'), name, namespace))?.status?.['privateIPAddress'])
  world.crash()
  const after = world.server.state()
  await world.stop()
  // Events tell of the past: nothing reads them back.
  const objects = after.objects.filter(([bucket]) => bucket !== '/events')
  return {
    revision: after.revision, namespace, name, address,
    shared: objects.filter((each) => before.has(keyOfPlace(each))),
    tenant: objects.filter((each) => !before.has(keyOfPlace(each)) && prepared.has(keyOfPlace(each))),
    instance: objects.filter((each) => !prepared.has(keyOfPlace(each))),
  }
}

const has = async (world: World, kindName: string, of: string, state: string): Promise<boolean> =>
  (await world.get(kind(kindName), of, namespace))?.status?.['state'] === state

const keyOfPlace = ([bucket, key]: Placed): string => `${bucket} ${key}`

const keysOf = ({ objects }: StoredState): ReadonlySet<string> => new Set(objects.map(keyOfPlace))
