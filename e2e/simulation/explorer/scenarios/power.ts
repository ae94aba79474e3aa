import { account, type Scenario, type User } from '../scenario.ts'
import { anInstance, anyAddress } from './manifests.ts'

const running = (name = 'web') => ['Instance', name, 'running'] as const

const runOf = (user: User) => user.stored('kubevirt.io/virtualmachineinstances', `${account}/web`)?.metadata.uid
const isIn = (user: User, ...states: (string | undefined)[]) => states.includes(user.find('Instance', 'web')?.status?.['state'] as string | undefined)

/** Until it is as it was told to end, or, where nobody was there to see who ended it, started again. */
const ended = async (user: User, ...states: (string | undefined)[]) => {
  const before = runOf(user)
  user.shutDownGuest('web')
  await user.until('the end of web', () => isIn(user, ...states) || (isIn(user, 'running') && ![before, undefined].includes(runOf(user))))
}

/** A guest that shuts itself down stays down until a start is asked for. */
const guestShutdown: Scenario = {
  name: 'guest-shutdown',
  base: 'launched',
  play: async (user) => {
    await ended(user, 'stopped')
    await user.pass(60_000)
    await user.apply({ ...anInstance('web'), annotations: { 'kumulus.dev/start-requested-at': '1' } })
    await user.inState(...running())
  },
}

/** Where nobody saw the guest end, the instance is not terminated, for bytes do not go on a guess: then its user terminates it. */
const guestTerminates: Scenario = {
  name: 'guest-terminates',
  base: 'prepared',
  play: async (user) => {
    await user.apply(anInstance('web', { instanceInitiatedShutdownBehavior: 'Terminate' }))
    await user.inState(...running())
    await ended(user, undefined, 'stopped')
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
  },
}

/** A guest that ends because somebody deletes its pod has not shut itself down: it is started again, and nothing of it is lost. */
const podDeleted: Scenario = {
  name: 'kubevirt-9823-launcher-deleted',
  base: 'prepared',
  play: async (user) => {
    await user.apply(anInstance('web', { instanceInitiatedShutdownBehavior: 'Terminate' }))
    await user.inState(...running())
    const before = runOf(user)
    await user.deleteLauncher('web')
    await user.until('another run', () => ![before, undefined].includes(runOf(user)))
    await user.inState(...running())
  },
}

const reboots: Scenario = {
  name: 'reboots',
  base: 'launched',
  play: async (user) => {
    await user.apply({ ...anInstance('web'), annotations: { 'kumulus.dev/reboot-requested-at': '1' } })
    await user.until('the reboot', () => user.find('Instance', 'web')?.status?.['lastHandledRebootRequest'] === '1')
    await user.apply({ kind: 'InstanceAction', name: 'again', spec: { instanceRef: { name: 'web' }, type: 'Reboot' } })
    await user.inState('InstanceAction', 'again', 'Completed')
  },
}

/** Two copies of one machine after its power was cut and given back at once: kubevirt#9830, kubevirt#15373, kubevirt#16622. */
const forceStopAndStart: Scenario = {
  name: 'kubevirt-9830-force-stop-and-start-again',
  base: 'launched',
  play: async (user) => {
    await user.apply({ kind: 'InstanceAction', name: 'off', spec: { instanceRef: { name: 'web' }, type: 'ForceStop' } })
    await user.inState('Instance', 'web', 'stopped')
    await user.inState('InstanceAction', 'off', 'Completed')
    await user.apply({ ...anInstance('web'), annotations: { 'kumulus.dev/start-requested-at': '1' } })
    await user.inState(...running())
  },
}

const inOneBreath: Scenario = {
  name: 'stop-and-start-in-one-breath',
  base: 'launched',
  play: async (user) => {
    await user.apply(anInstance('web', { state: 'Stopped' }))
    await user.until('the stop to begin', () => user.find('Instance', 'web')?.status?.['state'] !== 'running')
    await user.apply(anInstance('web'))
    await user.pass(60_000)
    await user.inState(...running())
  },
}

/** Whatever was made by then goes. */
const deletedEarly: Scenario = {
  name: 'deleted-while-it-launches',
  base: 'prepared',
  play: async (user) => {
    await user.apply(anInstance('web'), anyAddress('other'))
    await user.pass(50)
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
    await user.inState(...running('other'))
  },
}

/** A namesake of a terminated instance is another instance. */
const namesake: Scenario = {
  name: 'terminated-and-launched-again',
  base: 'launched',
  play: async (user) => {
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
    await user.apply(anInstance('web'))
    await user.inState(...running())
  },
}

const secrets = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }

const userDataSecret: Scenario = {
  name: 'user-data-of-a-secret',
  base: 'prepared',
  play: async (user) => {
    const { userData: _, ...spec } = anInstance('web').spec as Record<string, unknown>
    await user.apply({ kind: 'Instance', name: 'web', spec: { ...spec, userDataSecretRef: { name: 'script', key: 'run' } } })
    await user.pass(5000)
    await user.client.create(secrets, {
      apiVersion: 'v1', kind: 'Secret', metadata: { name: 'script', namespace: 'a' }, data: { run: Buffer.from('#!/bin/sh').toString('base64') },
    })
    await user.inState(...running())
  },
}

const generatedKey: Scenario = {
  name: 'launch-with-a-generated-key',
  base: 'prepared',
  play: async (user) => {
    await user.apply({ kind: 'KeyPair', name: 'made', spec: { generate: { type: 'ed25519' } } }, anInstance('web', { keyPairRef: { name: 'made' } }))
    await user.inState(...running())
  },
}

/** What instances do and what is done to them. */
export const powerScenarios: readonly Scenario[] =
  [guestShutdown, guestTerminates, podDeleted, reboots, forceStopAndStart, inOneBreath, deletedEarly, namesake, userDataSecret, generatedKey]
