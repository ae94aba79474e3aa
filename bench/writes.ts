import { createWorld, type World } from '../e2e/simulation/world.ts'
import { progress, type Report } from './figures.ts'
import { instance, kind, prerequisites } from './manifests.ts'

/** Launched together once everything they refer to is ready. */
const INSTANCES = 20
const HALF_AN_HOUR = 1_800_000

/**
 * Counts the operator's writes where nothing depends on speed: a launch, then half an hour in which nothing happens, then a new operator on a
 * converged cluster and another half hour. Events and the Lease are not among them.
 */
export const measureWrites = async (report: Report): Promise<void> => {
  const scenario = 'writes'
  progress(`writes: ${INSTANCES} instances on a clock that stands still`)
  const world = await createWorld()
  await world.apply(...prerequisites('http://127.0.0.1:18080/linux.img'))
  await world.until(async () => (await world.get(kind('Image'), 'linux'))?.status?.['state'] === 'available')
  await world.clock.advance(60_000)
  const launch = await during(world, async () => {
    await world.apply(...Array.from({ length: INSTANCES }, (_, index) => instance(`web-${index}`)))
    await world.until(() => allRunning(world))
    await world.clock.advance(120_000)
  })
  const volumes = launch.filter((write) => /\/(volumes|datavolumes|persistentvolumes|persistentvolumeclaims)\//.test(write))
  const shared = launch.filter((write) => /\/(vpcs|subnets|securitygroups|images|keypairs|instancetypes|volumetypes|networkpolicies)\//.test(write))
  const own = launch.length - volumes.length - shared.length
  const detail = { instances: INSTANCES, scenario, unit: 'writes' }
  report({ name: 'api_writes_per_instance', value: own / INSTANCES, ...detail, by: kinds(launch), sharedWrites: shared.length })
  report({ name: 'volume_writes_per_instance', value: volumes.length / INSTANCES, ...detail })
  const idle = await during(world, () => world.clock.advance(HALF_AN_HOUR))
  report({ name: 'writes_when_converged', value: idle.length, ...detail, fakeSeconds: HALF_AN_HOUR / 1000, which: idle.slice(0, 5) })
  const restarted = await during(world, async () => {
    world.crash()
    world.start()
    await world.clock.advance(HALF_AN_HOUR)
  })
  report({ name: 'writes_after_restart', value: restarted.length, ...detail, fakeSeconds: HALF_AN_HOUR / 1000, which: restarted.slice(0, 5) })
  await world.stop()
}

const during = async (world: World, work: () => Promise<void>): Promise<string[]> => {
  const before = world.writes.length
  await work()
  return world.writes.slice(before)
}

const allRunning = async (world: World): Promise<boolean> =>
  (await world.list(kind('Instance'))).every(({ status }) => status?.['state'] === 'running')

/** `PATCH instances/status: 40`, so that whoever reads the figure sees where the writes are. */
const kinds = (writes: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const write of writes) {
    const [method = '', path = ''] = write.split(' ')
    const parts = path.split('/namespaces/').at(-1)?.split('/').slice(path.includes('/namespaces/') ? 1 : -2) ?? []
    const what = `${method} ${[parts[0], parts[2]].filter((part) => part !== undefined).join('/')}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}
