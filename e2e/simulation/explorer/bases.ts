/** Clouds to begin with, each set up once a process and gone on from as often as one likes. */
import { createClient } from '../../../operator/runtime/client.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import type { Cloud, SavedCloud } from '../cloud.ts'
import { admin, startCloud } from '../cloud.ts'
import { quickstart, web } from '../instance-cloud.ts'
import { startOperatorProcess } from '../operator-process.ts'
import { createObserver } from './observer.ts'
import { account, type Manifest, type User } from './scenario.ts'
import { timings } from './timings.ts'
import { createUser } from './user.ts'

/**
 * `empty`: an account and nothing in it. `prepared`: what the quickstart applies before its Instance, with the image available. `launched`: the same
 * with an Instance `web` running; `attended`: with an agent in its guest, and two disks; `furnished`: and with a Volume and a NetworkInterface `data`
 * on it, a Snapshot `moment` of all its disks and an Image `golden` of that. `network`: a VPC with a Subnet and a SecurityGroup, and nothing else.
 */
export type BaseName = 'empty' | 'network' | 'prepared' | 'launched' | 'attended' | 'furnished'

/** What goes on from a cloud draws its UIDs from another seed than that did. Plans' own seeds are smaller. */
const seeds: Readonly<Record<BaseName, number>> = {
  empty: 1_000_001, network: 1_000_002, prepared: 1_000_003, launched: 1_000_004, attended: 1_000_005, furnished: 1_000_006,
}

export const quickstartManifests: readonly Manifest[] = quickstart.map(([kind, name, spec]) => ({ kind, name, spec }))

const made = new Map<BaseName, Promise<SavedCloud>>()

export const baseCloud = (name: BaseName): Promise<SavedCloud> => {
  const known = made.get(name) ?? makers[name]()
  made.set(name, known)
  return known
}

const empty = async (): Promise<SavedCloud> => {
  const cloud = await startCloud({ timings, seed: seeds.empty })
  await cloud.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account } })
  return saved(cloud)
}

/** What has come to rest after a user did something to another base. */
const after = async (name: BaseName, before: BaseName, play: (user: User) => Promise<void>): Promise<SavedCloud> => {
  const base = await baseCloud(before)
  const { view, observe } = createObserver(base, undefined)
  const cloud = await startCloud({ from: base, timings, seed: seeds[name], observe })
  const operator = startOperatorProcess(cloud.server, cloud.clock, {})
  const client = createClient(inProcessTransport(cloud.server, admin))
  await play(createUser({ client, cloud, view, random: undefined, restartOperator: operator.crash }))
  await cloud.clock.advance(60_000)
  operator.crash()
  return saved(cloud)
}

const makers: Readonly<Record<BaseName, () => Promise<SavedCloud>>> = {
  empty,
  network: () => after('network', 'empty', async (user) => {
    await user.apply(...quickstartManifests.filter(({ kind }) => ['VPC', 'Subnet', 'SecurityGroup'].includes(kind)))
    await user.until('the network', () => user.find('Subnet', 'public-a')?.status?.['state'] === 'available')
  }),
  prepared: () => after('prepared', 'empty', async (user) => {
    await user.apply(...quickstartManifests)
    await user.inState('Image', 'linux', 'available')
  }),
  launched: () => after('launched', 'prepared', (user) => launch(user, web)),
  attended: () => after('attended', 'prepared', (user) => launch(user, {
    ...web, userData: '#cloud-config\npackages: [qemu-guest-agent]\n', blockDevices: [...web.blockDevices, { deviceName: '/dev/sdb', size: '1Gi' }],
  })),
  furnished: () => after('furnished', 'attended', furnish),
}

const furnish = async (user: User): Promise<void> => {
  const [instanceRef, snapshotRef] = [{ name: 'web' }, { name: 'moment' }]
  await user.apply(
    { kind: 'Volume', name: 'data', spec: { availabilityZone: 'zone-a', size: '1Gi' } },
    { kind: 'VolumeAttachment', name: 'data', spec: { volumeRef: { name: 'data' }, instanceRef, device: '/dev/sdf' } },
    {
      kind: 'NetworkInterface', name: 'data',
      spec: { subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], attachment: { instanceRef, deviceIndex: 1 } },
    },
  )
  await user.inState('VolumeAttachment', 'data', 'attached')
  await user.becomes('NetworkInterface', 'data', 'InUse')
  await user.apply({ kind: 'Snapshot', name: 'moment', spec: { instanceRef } })
  await user.inState('Snapshot', 'moment', 'completed')
  await user.apply({ kind: 'Image', name: 'golden', spec: { source: { snapshotRef } } })
  await user.inState('Image', 'golden', 'available')
}

const launch = async (user: User, spec: object): Promise<void> => {
  await user.apply({ kind: 'Instance', name: 'web', spec })
  await user.inState('Instance', 'web', 'running')
}

const saved = async (cloud: Cloud): Promise<SavedCloud> => {
  await cloud.clock.advance(1000)
  const state = cloud.save()
  await cloud.stop()
  return state
}

const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
