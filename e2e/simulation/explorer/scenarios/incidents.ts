import type { ResourceType } from '../../../../crds/kubernetes.ts'
import { customResourceDefinitionOf } from '../../../../crds/generation/custom-resource-definition.ts'
import { definitions } from '../../../../crds/v1alpha1/index.ts'
import type { Scenario, Stored, User } from '../scenario.ts'
import { account } from '../scenario.ts'
import { anInstance, aVolume } from './manifests.ts'

const definitionsResource: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}
const machines: ResourceType = { group: 'kubevirt.io', version: 'v1', kind: 'VirtualMachine', plural: 'virtualmachines', namespaced: true }
const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

const volumeOf = (user: User, claim: string): Stored | undefined => {
  const name = user.stored('/persistentvolumeclaims', `${account}/${claim}`)?.spec?.['volumeName'] as string | undefined
  return name === undefined ? undefined : user.stored('/persistentvolumes', `/${name}`)
}

const without = async (user: User, kind: string): Promise<void> => {
  const definition = definitions.find((each) => each.kind === kind)
  if (definition === undefined) throw new Error(`${kind} is no kind of ours`)
  const name = `${definition.plural}.${definition.group}`
  await user.client.delete(definitionsResource, { name })
  await user.until(`the definition of ${kind} to be gone`, () => user.stored('apiextensions.k8s.io/customresourcedefinitions', `/${name}`) === undefined)
  await user.pass(60_000)
  await user.client.create(definitionsResource, customResourceDefinitionOf(definition))
}

/** Deleting a definition wiped databases: crossplane's provider-azure#215. Here it takes no byte. */
const definitionDeleted = (kind: string): Scenario => ({
  name: `crossplane-azure-215-definition-of-${kind.toLowerCase()}-deleted`,
  base: 'launched',
  play: async (user) => {
    const before = volumeOf(user, 'web-sda1')?.metadata.uid
    await without(user, kind)
    await user.pass(5 * 60_000)
    if (before === undefined || volumeOf(user, 'web-sda1')?.metadata.uid !== before) throw new Error('the disk of web is lost')
  },
})

/** What the storage keeps of the account: disks by their claims, and what Snapshots hold. */
const keptOf = (user: User): string[] => [
  ...['web-sda1', 'web-sdb', 'data'].map((claim) => `/persistentvolumes /${volumeOf(user, claim)?.metadata.name ?? ''}`),
  ...(user.find('Snapshot', 'moment')?.status?.['volumes'] as { volumeID: string }[]).map(({ volumeID }) => {
    const name = `${String(user.find('Snapshot', 'moment')?.status?.['snapshotID'])}-${volumeID}`
    const content = user.stored('snapshot.storage.k8s.io/volumesnapshots', `${account}/${name}`)?.status?.['boundVolumeSnapshotContentName']
    return `snapshot.storage.k8s.io/volumesnapshotcontents /${String(content)}`
  }),
]

/** A pruned namespace took everything: argo-cd#6046. Whatever was attached, kept or shared in it ends, and bytes stay. */
const namespaceDeleted: Scenario = {
  name: 'argo-cd-6046-namespace-deleted',
  base: 'furnished',
  play: async (user) => {
    const kept = keptOf(user)
    await user.client.delete(namespaces, { name: account })
    await user.until('the namespace to be gone', () => user.stored('/namespaces', `/${account}`) === undefined)
    await user.pass(60_000)
    const lost = kept.filter((each) => user.stored(...each.split(' ') as [string, string]) === undefined)
    if (kept.length !== 6 || lost.length > 0) throw new Error(`of ${kept.length} that should be kept are lost: ${lost.join(', ')}`)
  },
}

/** An upgrade uninstalled the storage under what used it: harvester#9194. Types that are in use are kept, or missed by nobody. */
const typesDeleted: Scenario = {
  name: 'harvester-9194-storage-type-deleted-while-in-use',
  base: 'launched',
  play: async (user) => {
    await user.apply(aVolume('data'))
    await user.inState('Volume', 'data', 'available')
    await user.remove({ kind: 'VolumeType', name: 'gp3' }, { kind: 'InstanceType', name: 't3.micro' })
    await user.gone('VolumeType', 'gp3')
    await user.apply(anInstance('web', { state: 'Stopped' }))
    await user.inState('Instance', 'web', 'stopped')
    await user.apply(anInstance('web'))
    await user.inState('Instance', 'web', 'running')
  },
}

/** What a stranger has under our name is left alone, and the launch goes on when it is gone. */
const stranger: Scenario = {
  name: 'name-conflict-with-a-stranger',
  base: 'prepared',
  play: async (user) => {
    const template = { spec: { domain: { devices: {} }, terminationGracePeriodSeconds: 0 } }
    const { metadata: { uid } } = await user.client.create(machines, {
      apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web', namespace: account }, spec: { runStrategy: 'Halted', template },
    })
    await user.apply(anInstance('web'))
    await user.becomes('Instance', 'web', 'NameConflict')
    await user.pass(60_000)
    if (user.stored('kubevirt.io/virtualmachines', `${account}/web`)?.metadata.uid !== uid) throw new Error('a stranger\'s machine is lost')
    await user.client.delete(machines, { name: 'web', namespace: account })
    await user.inState('Instance', 'web', 'running')
  },
}

/** A new process finds everything as it should be, and writes nothing. */
const restart: Scenario = {
  name: 'operator-restarted-with-everything-there',
  base: 'launched',
  play: async (user) => {
    user.restartOperator()
    await user.pass(60_000)
    await user.apply(anInstance('web', { tags: { looked: 'again' } }))
    await user.pass(1000)
    user.restartOperator()
    await user.pass(60_000)
    await user.inState('Instance', 'web', 'running')
  },
}

/** What has gone wrong elsewhere. */
export const incidentScenarios: readonly Scenario[] =
  [definitionDeleted('Instance'), definitionDeleted('Volume'), namespaceDeleted, typesDeleted, stranger, restart]
