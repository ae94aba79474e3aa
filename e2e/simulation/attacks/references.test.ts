import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { dataVolumeResource } from '../../../operator/providers/cdi/resources.ts'
import { networkPolicyResource } from '../../../operator/providers/network-policy/resources.ts'
import { virtualMachineResource } from '../../../operator/providers/kubevirt/resources.ts'
import { subnetResource } from '../../../operator/providers/kube-ovn/resources.ts'
import { type Client, isNotFound } from '../../../operator/runtime/client.ts'
import { rbac, roleBindings, roles } from '../../access.ts'
import { aKind, attackTable, type Attack } from './attack.ts'
import { kindOf, machine, messageOf, secrets } from './attack-cloud.ts'

/** Every way to call something of the victim's that the attacker has no like of. */
const spellings = (id: string): [how: string, name: string][] => [
  ['by its name', 'vault'], ['by namespace and name', 'victim/vault'], ['by its ID', id], ['by a path', '../victim/vault'],
  ['by an encoded path', '..%2fvictim%2fvault'], ['by a Kubernetes path', '/apis/kumulus.dev/v1alpha1/namespaces/victim/x/vault'], ['by its DNS name', 'vault.victim'],
]

type Reference = { kind: string; of: string; prefix: keyof typeof idPrefixes; spec: (name: string) => object }

/** Every reference that a spec can make. */
const references: Reference[] = [
  { kind: 'Subnet', of: 'VPC', prefix: 'vpc', spec: (name) => ({ vpcRef: { name }, cidrBlock: '10.9.2.0/24', availabilityZone: 'zone-a' }) },
  { kind: 'SecurityGroup', of: 'VPC', prefix: 'vpc', spec: (name) => ({ vpcRef: { name } }) },
  { kind: 'Instance', of: 'Subnet', prefix: 'subnet', spec: (name) => ({ ...machine, subnetRef: { name } }) },
  { kind: 'Instance', of: 'SecurityGroup', prefix: 'securityGroup', spec: (name) => ({ ...machine, securityGroupRefs: [{ name }] }) },
  { kind: 'Instance', of: 'KeyPair', prefix: 'keyPair', spec: (name) => ({ ...machine, keyPairRef: { name } }) },
  { kind: 'Instance', of: 'Image', prefix: 'image', spec: (name) => ({ ...machine, imageRef: { name } }) },
  { kind: 'NetworkInterface', of: 'Subnet', prefix: 'subnet', spec: (name) => ({ subnetRef: { name } }) },
  { kind: 'NetworkInterface', of: 'SecurityGroup', prefix: 'securityGroup', spec: (name) => ({ subnetRef: { name: 'a' }, securityGroupRefs: [{ name }] }) },
  { kind: 'NetworkInterface', of: 'Instance', prefix: 'instance', spec: (name) => ({ subnetRef: { name: 'a' }, attachment: { instanceRef: { name }, deviceIndex: 1 } }) },
  { kind: 'Volume', of: 'Image', prefix: 'image', spec: (name) => ({ availabilityZone: 'zone-a', imageRef: { name } }) },
  {
    kind: 'ReachabilityAnalysis', of: 'NetworkInterface', prefix: 'networkInterface',
    spec: (name) => ({ source: { networkInterfaceRef: { name } }, destination: { address: '10.0.1.4' }, port: 443 }),
  },
  { kind: 'Image', of: 'Instance', prefix: 'instance', spec: (name) => ({ source: { instanceRef: { name } } }) },
  { kind: 'Snapshot', of: 'Instance', prefix: 'instance', spec: (name) => ({ instanceRef: { name } }) },
  { kind: 'Snapshot', of: 'Volume', prefix: 'volume', spec: (name) => ({ volumeRef: { name } }) },
  { kind: 'VolumeAttachment', of: 'Volume', prefix: 'volume', spec: (name) => ({ volumeRef: { name }, instanceRef: { name: 'web' }, device: '/dev/sdf' }) },
  { kind: 'VolumeAttachment', of: 'Instance', prefix: 'instance', spec: (name) => ({ volumeRef: { name: 'data' }, instanceRef: { name }, device: '/dev/sdf' }) },
  { kind: 'InstanceAction', of: 'Instance', prefix: 'instance', spec: (name) => ({ type: 'ForceStop', instanceRef: { name } }) },
]

/** What each would become. */
const become: Record<string, Parameters<Parameters<Attack['act']>[0]['cloud']['see']>[0] | undefined> = {
  Instance: virtualMachineResource, Volume: dataVolumeResource, Subnet: subnetResource, SecurityGroup: networkPolicyResource,
}

/** What the victim's are called that are not called `vault`. */
const victims: Record<string, string> = { Instance: 'web', Image: 'private' }

const foreign = ({ kind, of, prefix, spec }: Reference): Attack => ({
  threat: 5, kind,
  title: `${aKind(kind, 'A')} refers to no ${of} of another account, however that is called`,
  act: async ({ t, cloud, mallory, tidy }) => {
    const id = idOf(idPrefixes[prefix], (await cloud.see(of, 'victim', victims[of] ?? 'vault'))?.metadata.uid ?? '')
    const names = spellings(id).map(([how, name]) => [how, name.replace('vault', victims[of] ?? 'vault')] as const)
    for (const [index, [how, name]] of names.entries()) {
      const own = `foreign-${of.toLowerCase()}-${index}`
      const refusal = await mallory.apply(kind, own, spec(name)).then(() => undefined, (error: Error) => error.message)
      if (refusal !== undefined) {
        t.regex(refusal, /name/, how)
        continue
      }
      await cloud.settle()
      const made = become[kind] === undefined ? undefined : await cloud.see(become[kind], 'mallory', own)
      t.is(made, undefined, how)
      t.regex(messageOf(await cloud.see(kind, 'mallory', own)) ?? '', /there is none of this name in namespace "mallory"|no .* of this name|waiting for/, how)
      await tidy(kind, own)
    }
  },
})

attackTable([
  ...references.map(foreign),
  ...(['Volume', 'Instance'] as const).map((resourceType): Attack => ({
    threat: 5, kind: 'SnapshotSchedule', title: `A SnapshotSchedule that selects every ${resourceType} selects none of another account's, and counts none`,
    act: async ({ t, cloud, mallory, traces, tidy }) => {
      const minute = new Date(cloud.clock.now() + 120_000).getUTCMinutes()
      await mallory.apply('SnapshotSchedule', 'all', { resourceType, selector: {}, schedule: `${minute} * * * *`, retain: { count: 1 } })
      const run = async () => ((await cloud.see('SnapshotSchedule', 'mallory', 'all'))?.status?.['history'] as { state: string; selected: number }[] | undefined)?.[0]
      await cloud.until(async () => ((await run())?.selected ?? -1) >= 0)
      const own = (await cloud.list(kindOf(resourceType))).filter(({ metadata }) => metadata.namespace === 'mallory')
      t.is((await run())?.selected, own.length)
      t.deepEqual(traces('web-sda1', 'vault'), [])
      await tidy('SnapshotSchedule', 'all')
    },
  })),
  {
    threat: 14, kind: 'Snapshot', title: 'A Snapshot that is planted as another account\'s schedule\'s is neither counted nor let go by it',
    act: async ({ t, cloud, mallory, tidy }) => {
      const spec = { resourceType: 'Instance', selector: { matchTags: { not: 'there' } }, schedule: '0 3 29 2 *', retain: { count: 1 } }
      await cloud.apply({ apiVersion: '', kind: 'SnapshotSchedule', metadata: { name: 'nightly', namespace: 'victim' }, spec })
      await cloud.become('SnapshotSchedule', 'victim', 'nightly', 'Enabled')
      const schedule = await cloud.see('SnapshotSchedule', 'victim', 'nightly')
      const name = `${schedule?.status?.['policyID']}-20250101t0000z-vol-${'0'.repeat(17)}`
      // Of nothing that there is: it would be let go at once.
      await mallory.apply('Snapshot', name, { volumeRef: { name: 'none' } }, { labels: { 'kumulus.dev/owner-uid': schedule?.metadata.uid ?? '' } })
      await cloud.settle()
      t.is((await cloud.see('SnapshotSchedule', 'victim', 'nightly'))?.status?.['snapshots'], 0)
      t.is((await cloud.see('Snapshot', 'mallory', name))?.metadata.deletionTimestamp, undefined)
      await tidy('Snapshot', name)
      await cloud.victim.remove('SnapshotSchedule', 'nightly')
    },
  },
  {
    threat: 8, kind: 'Instance', title: 'An image that another account does not share is cloned by nobody else',
    act: ({ refused }) => refused('Instance', 'borrowed', { ...machine, imageRef: { name: 'private', namespace: 'victim' } },
      /no image private of the namespace victim is shared with the namespace mallory|shared with namespace "mallory"/, virtualMachineResource),
  },
  {
    threat: 8, kind: 'Volume', title: 'A volume is no clone of another account\'s image that is not shared',
    act: ({ refused }) => refused('Volume', 'borrowed', { availabilityZone: 'zone-a', imageRef: { name: 'private', namespace: 'victim' } },
      /no image private of the namespace victim is shared with the namespace mallory|shared with namespace "mallory"/, dataVolumeResource),
  },
  {
    threat: 8, kind: 'Image', title: 'An image that roles share is launched as long as they do; what is bound to somebody else, or for other bytes, shares nothing',
    act: async ({ t, cloud, mallory, tidy, refused }) => {
      const id = idOf(idPrefixes.image, (await cloud.see('Image', 'victim', 'private'))?.metadata.uid ?? '')
      const borrowed = { availabilityZone: 'zone-a', imageRef: { name: 'private', namespace: 'victim' } }
      const notShared = /no image private of the namespace victim is shared with the namespace mallory|shared with namespace "mallory"/
      const groups = (...names: string[]) => names.map(name => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }))
      for (const [subjects, ...names] of [
        [groups('system:serviceaccounts:other')], [[{ kind: 'ServiceAccount', name: 'robot', namespace: 'mallory' }]],
        [[{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'mallory' }]], [groups('system:serviceaccounts:mallory'), 'img-00000000000000000'],
      ] as [object[], ...string[]][]) {
        await cloneable(cloud.client, subjects, names)
        await refused('Volume', 'borrowed', borrowed, notShared, dataVolumeResource)
      }
      await cloneable(cloud.client, groups('system:serviceaccounts:mallory'), [id])
      await mallory.apply('Volume', 'borrowed', borrowed)
      await cloud.become('Volume', 'mallory', 'borrowed', 'Available')
      await mallory.apply('Volume', 'late', { ...borrowed, volumeType: 'not-yet' })
      await cloneable(cloud.client, [], [])
      await cloud.apply({ apiVersion: '', kind: 'VolumeType', metadata: { name: 'not-yet' }, spec: { storageClassName: 'standard' } })
      await cloud.settle()
      t.is(await cloud.see(dataVolumeResource, 'mallory', 'late'), undefined)
      t.regex(messageOf(await cloud.see('Volume', 'mallory', 'late')) ?? '', /shared with/)
      await cloneable(cloud.client, groups('system:serviceaccounts'), [])
      await cloud.become('Volume', 'mallory', 'late', 'Available')
      await cloneable(cloud.client)
      for (const name of ['borrowed', 'late']) await tidy('Volume', name)
      await cloud.remove({ group: 'kumulus.dev', version: 'v1alpha1', kind: 'VolumeType', plural: 'volumetypes', namespaced: false }, 'not-yet')
      await cloud.until(async () => await cloud.see('Volume', 'mallory', 'late') === undefined)
    },
  },
  {
    threat: 8, kind: 'Volume', title: 'A volume is made of no snapshot that another account does not share, though it knows its name',
    act: async ({ cloud, refused }) => {
      await cloud.apply({ apiVersion: '', kind: 'Snapshot', metadata: { name: 'kept', namespace: 'victim' }, spec: { volumeRef: { name: 'web-sda1' } } })
      await refused('Volume', 'copied', { availabilityZone: 'zone-a', snapshotRef: { name: 'kept', namespace: 'victim' } },
        /no snapshot kept of the namespace victim is shared with the namespace mallory|shared with namespace "mallory"/, dataVolumeResource)
      await cloud.victim.remove('Snapshot', 'kept')
      await cloud.until(async () => await cloud.see('Snapshot', 'victim', 'kept') === undefined)
    },
  },
  {
    threat: 8, kind: 'Image', title: 'An image that was shared and is taken back is launched no more, and what names its successor gets nothing either',
    act: async ({ t, cloud, mallory, tidy }) => {
      await cloud.apply({ apiVersion: '', kind: 'Image', metadata: { name: 'lent', namespace: 'victim' }, spec: lent(['mallory']) })
      await cloud.become('Image', 'victim', 'lent', 'Available')
      await mallory.apply('Volume', 'late', { availabilityZone: 'zone-a', volumeType: 'not-yet', imageRef: { name: 'lent', namespace: 'victim' } })
      // Between the look at the door and the clone another image takes the name, and is shared with nobody.
      await cloud.victim.remove('Image', 'lent')
      await cloud.until(async () => await cloud.see('Image', 'victim', 'lent') === undefined)
      await cloud.apply({ apiVersion: '', kind: 'Image', metadata: { name: 'lent', namespace: 'victim' }, spec: lent([]) })
      await cloud.become('Image', 'victim', 'lent', 'Available')
      await cloud.apply({ apiVersion: '', kind: 'VolumeType', metadata: { name: 'not-yet' }, spec: { storageClassName: 'sandbox' } })
      await cloud.settle()
      t.is(await cloud.see(dataVolumeResource, 'mallory', 'late'), undefined)
      t.regex(messageOf(await cloud.see('Volume', 'mallory', 'late')) ?? '', /shared with/)
      await tidy('Volume', 'late')
      await cloud.remove({ group: 'kumulus.dev', version: 'v1alpha1', kind: 'VolumeType', plural: 'volumetypes', namespaced: false }, 'not-yet')
      await cloud.victim.remove('Image', 'lent')
      await cloud.until(async () => await cloud.see('Image', 'victim', 'lent') === undefined)
    },
  },
  {
    threat: 6, kind: 'SecurityGroup', title: 'A rule about a group of another VPC lets nobody in, in one\'s own account neither',
    act: async ({ t, cloud, mallory, refused }) => {
      await mallory.apply('VPC', 'second', { cidrBlocks: ['10.2.0.0/16'] })
      await mallory.apply('SecurityGroup', 'second', { vpcRef: { name: 'second' } })
      await cloud.become('SecurityGroup', 'mallory', 'second', 'Available')
      const rules = { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'second' } }] }
      if (cloud.admission.up) return refused('SecurityGroup', 'crossing', rules, /the group second is of the VPC second/)
      await mallory.apply('SecurityGroup', 'crossing', rules)
      await cloud.settle()
      const id = idOf(idPrefixes.securityGroup, (await cloud.see('SecurityGroup', 'mallory', 'crossing'))?.metadata.uid ?? '')
      t.deepEqual((await cloud.see(networkPolicyResource, 'mallory', id))?.spec['ingress'] ?? [], [])
    },
  },
  {
    threat: 6, kind: 'Instance', title: 'An instance is in no group of another VPC than its subnet\'s',
    act: async ({ cloud, mallory, refused }) => {
      await mallory.apply('VPC', 'third', { cidrBlocks: ['10.3.0.0/16'] })
      await mallory.apply('SecurityGroup', 'third', { vpcRef: { name: 'third' } })
      await cloud.become('SecurityGroup', 'mallory', 'third', 'Available')
      await refused('Instance', 'crossing', { ...machine, securityGroupRefs: [{ name: 'third' }] }, /the group third is of the VPC third/, virtualMachineResource)
    },
  },
  {
    threat: 9, kind: 'Instance', title: 'User data comes from a Secret of the account itself: no spelling names another\'s',
    act: async ({ t, cloud, mallory, tidy, traces }) => {
      const [index, names] = [{ next: 0 }, ['vault', 'victim/vault', '../victim/vault', 'victim.vault']]
      for (const name of names) {
        const own = `reader-${index.next++}`
        const spec = { ...machine, userData: undefined, userDataSecretRef: { name, key: 'password', namespace: 'victim' } }
        const admitted = await mallory.client.create({ group: 'kumulus.dev', version: 'v1alpha1', kind: 'Instance', plural: 'instances', namespaced: true },
          { apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: { name: own, namespace: 'mallory' }, spec }).then(() => true, () => false)
        if (!admitted) continue
        await cloud.settle()
        t.is(await cloud.see(virtualMachineResource, 'mallory', own), undefined)
        t.regex(messageOf(await cloud.see('Instance', 'mallory', own)) ?? '', /waiting for Secret "(victim.)?vault" of userDataSecretRef: there is none of this name in namespace "mallory"/)
        await tidy('Instance', own)
      }
      t.deepEqual(traces(Buffer.from('hunter2').toString('base64'), 'hunter2'), [])
    },
  },
  {
    threat: 9, kind: 'Secret', title: 'Secrets of other accounts and of the platform are read by nobody\'s roles in this one',
    act: async ({ cloud, mallory, forbidden }) => {
      for (const client of [mallory.client, cloud.plain.client]) {
        await forbidden(client.get(secrets, { name: 'vault', namespace: 'victim' }))
        await forbidden(client.list(secrets, { namespace: 'kube-system' }))
        await forbidden(client.list(secrets, {}))
        await forbidden(client.list(secrets, { namespace: 'kumulus-system' }))
      }
    },
  },
])

function lent(namespaces: string[]): object {
  return { source: { http: { url: 'http://127.0.0.1:18080/lent.img' } }, minSize: '64Mi', launchPermissions: { namespaces } }
}

/** Lets subjects clone out of the victim's account, by CDI's own means; all of it, or what has these names. Without subjects it takes that away. */
async function cloneable(client: Client, subjects?: object[], names: string[] = []): Promise<void> {
  const target = { name: 'cloners', namespace: 'victim' }
  for (const resource of [roleBindings, roles]) {
    await client.delete(resource, target).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
  if (subjects === undefined) return
  const rule = { apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes/source'], verbs: ['create'], ...names.length === 0 ? {} : { resourceNames: names } }
  await client.create(roles, { apiVersion: apiVersionOf(roles), kind: 'Role', metadata: target, rules: [rule] })
  const roleRef = { apiGroup: rbac.group, kind: 'Role', name: 'cloners' }
  await client.create(roleBindings, { apiVersion: apiVersionOf(roleBindings), kind: 'RoleBinding', metadata: target, roleRef, subjects })
}
