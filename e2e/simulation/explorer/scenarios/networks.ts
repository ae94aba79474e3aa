import { quickstartManifests } from '../bases.ts'
import type { Manifest, Scenario, User } from '../scenario.ts'
import { aGroup, anInstance, anyAddress, aSubnet, aVPC, from } from './manifests.ts'

const gone = async (user: User, ...targets: readonly (readonly [kind: string, name: string])[]): Promise<void> => {
  for (const [kind, name] of targets) await user.gone(kind, name)
}

/** Groups that name each other, joined and left while the instance runs. */
const groups: Scenario = {
  name: 'groups-changed-live',
  base: 'launched',
  play: async (user) => {
    await user.apply(aGroup('db', [from('web')]), aGroup('web', [from('db')]), anInstance('web', { securityGroupRefs: [{ name: 'web' }, { name: 'db' }] }))
    const shown = () => (user.find('Instance', 'web')?.status?.['securityGroups'] as { groupName: string }[] | undefined)?.map(({ groupName }) => groupName).join()
    await user.until('both groups', () => shown() === 'web,db' || shown() === 'db,web')
    await user.pass(1000)
    await user.apply(anInstance('web', { securityGroupRefs: [{ name: 'db' }] }))
    await user.until('one group', () => shown() === 'db')
  },
}

const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
const other = 'b'
const ofOther = (manifest: Manifest): Manifest => (['InstanceType', 'VolumeType'].includes(manifest.kind) ? manifest : { ...manifest, namespace: other })

/** Where guests add nothing to what is asked, none is started: half of a launch is what KubeVirt does. */
const stopped = { state: 'Stopped' }

/** The same names and addresses twice. */
const twoAccounts: Scenario = {
  name: 'two-accounts-with-the-same-names',
  base: 'prepared',
  play: async (user) => {
    await user.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } })
    await user.apply(anInstance('web', stopped), ...[...quickstartManifests, anInstance('web', stopped)].map(ofOther))
    await user.becomes('Instance', 'web', 'Stopped')
    await user.becomes('Instance', 'web', 'Stopped', other)
    await user.remove({ kind: 'Instance', name: 'web', namespace: other })
    await user.gone('Instance', 'web', other)
  },
}

/** Few addresses for several instances that come and go at once. */
const competition: Scenario = {
  name: 'instances-compete-for-addresses',
  base: 'prepared',
  play: async (user) => {
    const names = ['one', 'two', 'three']
    await user.apply(aSubnet('small', '10.0.2.0/28'), ...names.map((name) => anyAddress(name, { ...stopped, subnetRef: { name: 'small' } })))
    for (const name of names) await user.becomes('Instance', name, 'Stopped')
    await user.remove({ kind: 'Instance', name: 'one' })
    await user.apply(anyAddress('four', { ...stopped, subnetRef: { name: 'small' } }))
    await user.gone('Instance', 'one')
    await user.becomes('Instance', 'four', 'Stopped')
  },
}

/** The first one has it until it goes. */
const pinned: Scenario = {
  name: 'pinned-address-is-taken',
  base: 'launched',
  play: async (user) => {
    await user.apply(anInstance('second'))
    await user.becomes('Instance', 'second', 'InvalidSpec')
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.inState('Instance', 'second', 'running')
  },
}

const violations: Scenario = {
  name: 'dependency-violations-resolved',
  base: 'launched',
  play: async (user) => {
    await user.remove({ kind: 'SecurityGroup', name: 'web' }, { kind: 'Subnet', name: 'public-a' }, { kind: 'VPC', name: 'main' })
    for (const [kind, name] of [['SecurityGroup', 'web'], ['Subnet', 'public-a'], ['VPC', 'main']] as const) {
      await user.becomes(kind, name, 'DependencyViolation')
    }
    await user.pass(60_000)
    await user.remove({ kind: 'Instance', name: 'web' })
    await gone(user, ['Instance', 'web'], ['SecurityGroup', 'web'], ['Subnet', 'public-a'], ['VPC', 'main'])
  },
}

/** A whole network that nobody uses, deleted in one moment. */
const tearDown: Scenario = {
  name: 'network-torn-down',
  base: 'network',
  play: async (user) => {
    await user.apply(aGroup('db', [from('web')]), aGroup('web', [from('db')]), aSubnet('public-b', '10.0.2.0/24'))
    await user.until('the subnet', () => user.find('Subnet', 'public-b')?.status?.['state'] === 'available')
    const all = [['SecurityGroup', 'db'], ['SecurityGroup', 'web'], ['Subnet', 'public-a'], ['Subnet', 'public-b'], ['VPC', 'main']] as const
    await user.remove(...all.map(([kind, name]) => ({ kind, name })))
    await gone(user, ...all)
  },
}

/** Of two subnets that overlap the younger waits for the older to go. */
const overlap: Scenario = {
  name: 'overlapping-subnets',
  base: 'network',
  play: async (user) => {
    await user.pass(2000)
    await user.apply(aSubnet('young', '10.0.1.128/25'), aVPC('second'), aSubnet('alike', '10.0.1.0/24', 'second'))
    await user.becomes('Subnet', 'young', 'InvalidSpec')
    await user.remove({ kind: 'Subnet', name: 'public-a' })
    await user.until('the younger', () => user.find('Subnet', 'young')?.status?.['state'] === 'available')
    await user.until('that of another VPC', () => user.find('Subnet', 'alike')?.status?.['state'] === 'available')
  },
}

/** Networks, groups and addresses. */
export const networkScenarios: readonly Scenario[] = [groups, twoAccounts, competition, pinned, violations, tearDown, overlap]
