import { web } from '../../instance-cloud.ts'
import { quickstartManifests } from '../bases.ts'
import type { Manifest, Scenario } from '../scenario.ts'

const anInstance = (name: string, spec: object = {}): Manifest => ({ kind: 'Instance', name, spec: { ...web, ...spec } })

/** Everything in one moment, as a newcomer applies the quickstart. */
const quickstart: Scenario = {
  name: 'quickstart',
  base: 'empty',
  play: async (user) => {
    await user.apply(...quickstartManifests, anInstance('web'))
    await user.inState('Instance', 'web', 'running')
  },
}

const launch: Scenario = {
  name: 'launch',
  base: 'prepared',
  play: async (user) => {
    await user.apply(anInstance('web'))
    await user.inState('Instance', 'web', 'running')
  },
}

const stopStart: Scenario = {
  name: 'stop-start',
  base: 'launched',
  play: async (user) => {
    await user.apply(anInstance('web', { state: 'Stopped' }))
    await user.inState('Instance', 'web', 'stopped')
    await user.apply(anInstance('web'))
    await user.inState('Instance', 'web', 'running')
  },
}

const terminate: Scenario = {
  name: 'terminate',
  base: 'launched',
  play: async (user) => {
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
  },
}

/** A new type waits for the next stop and start. */
const resize: Scenario = {
  name: 'resize',
  base: 'launched',
  play: async (user) => {
    await user.apply(anInstance('web', { instanceType: 't3.small' }))
    await user.until('the pending change', () => user.find('Instance', 'web')?.status?.['pendingChanges'] !== undefined)
    await user.apply(anInstance('web', { instanceType: 't3.small', state: 'Stopped' }))
    await user.inState('Instance', 'web', 'stopped')
    await user.apply(anInstance('web', { instanceType: 't3.small' }))
    await user.inState('Instance', 'web', 'running')
  },
}

/** Whose addresses are the operator's to choose. */
const severalInstances: Scenario = {
  name: 'several-instances',
  base: 'prepared',
  play: async (user) => {
    const names = ['one', 'two']
    const { privateIPAddress: _, ...spec } = web
    await user.apply(...names.map((name) => ({ kind: 'Instance', name, spec })))
    for (const name of names) await user.inState('Instance', name, 'running')
  },
}

/** Disks beyond the root, one of which outlives its instance. */
const blockDevices: Scenario = {
  name: 'block-devices',
  base: 'prepared',
  play: async (user) => {
    await user.apply(anInstance('web', {
      blockDevices: [
        { deviceName: '/dev/sda1', size: '1Gi' },
        { deviceName: '/dev/sdb', size: '2Gi', deleteOnTermination: true },
        { deviceName: '/dev/sdc', size: '1Gi', deleteOnTermination: false },
      ],
    }))
    await user.inState('Instance', 'web', 'running')
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
  },
}

/** Everything of a VPC deleted in one moment; it goes in the order that it can. */
const deleteEverything: Scenario = {
  name: 'delete-everything',
  base: 'launched',
  play: async (user) => {
    await user.remove({ kind: 'Instance', name: 'web' }, { kind: 'SecurityGroup', name: 'web' }, { kind: 'Subnet', name: 'public-a' }, { kind: 'VPC', name: 'main' })
    for (const [kind, name] of [['Instance', 'web'], ['SecurityGroup', 'web'], ['Subnet', 'public-a'], ['VPC', 'main']] as const) await user.gone(kind, name)
  },
}

/** Instances from their launch to their end. */
export const instanceScenarios: readonly Scenario[] =
  [quickstart, launch, stopStart, terminate, resize, severalInstances, blockDevices, deleteEverything]
