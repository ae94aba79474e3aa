import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { apiVersionOf, type KubeObject, type ResourceType } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { dataSourceResource, dataVolumeResource } from '../../../operator/providers/cdi/resources.ts'
import { claimResource, persistentVolumeResource, volumeSnapshotContentResource, volumeSnapshotResource } from '../../../operator/providers/csi/resources.ts'
import { privateAddressKey } from '../../../operator/providers/kube-ovn/network-attachment.ts'
import { networkAttachmentResource, subnetResource, vpcResource } from '../../../operator/providers/kube-ovn/resources.ts'
import { clusterInstancetypeResource } from '../../../operator/providers/kubevirt/cluster-instancetype.ts'
import {
  machineSubresources, podResource, virtualMachineInstanceResource, virtualMachineResource,
} from '../../../operator/providers/kubevirt/resources.ts'
import { networkPolicyResource } from '../../../operator/providers/network-policy/resources.ts'
import { createClient } from '../../../operator/runtime/client.ts'
import { ownerLabels } from '../../../operator/runtime/ownership.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import { letIn, operatorUser, person } from '../../access.ts'
import { aKind, attackTable, type Attack } from './attack.ts'
import { type AttackCloud, attacker, inventory, kindOf, machine, messageOf, reasonOf, secrets } from './attack-cloud.ts'

const beneath: readonly ResourceType[] = [
  virtualMachineResource, virtualMachineInstanceResource, dataVolumeResource, dataSourceResource, claimResource, volumeSnapshotResource,
  networkAttachmentResource, networkPolicyResource, vpcResource, subnetResource, clusterInstancetypeResource, persistentVolumeResource,
]

const resource = (group: string, kind: string, plural: string, namespaced = false): ResourceType => ({ group, version: 'v1', kind, plural, namespaced })

/** What is the platform's, besides what we translate to. */
const platform: readonly ResourceType[] = [
  resource('', 'Namespace', 'namespaces'), resource('', 'Node', 'nodes'), resource('storage.k8s.io', 'StorageClass', 'storageclasses'),
  resource('rbac.authorization.k8s.io', 'ClusterRole', 'clusterroles'), resource('rbac.authorization.k8s.io', 'RoleBinding', 'rolebindings', true),
  resource('admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
  resource('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions'),
  resource('kubeovn.io', 'SecurityGroup', 'security-groups'),
]

const at = (resource: ResourceType, name: string) => resource.namespaced ? { name, namespace: 'mallory' } : { name }

/** Everything that may be done with an object, tried with one that may be there. */
const attempts = ({ mallory }: Pick<Parameters<Attack['act']>[0], 'mallory'>, resource: ResourceType, name = 'web') => {
  const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: at(resource, name), spec: {} }
  return [
    () => mallory.client.create(resource, object),
    () => mallory.client.apply(resource, object, { fieldManager: 'kubectl' }),
    () => mallory.client.mergePatch(resource, at(resource, name), { metadata: { labels: { a: 'b' } } }),
    () => mallory.client.update(resource, object),
    () => mallory.client.delete(resource, at(resource, name)),
  ]
}

const statusOf = (kind: string): Attack => ({
  threat: 13, kind,
  title: `The status of ${aKind(kind)} is written by the operator alone`,
  act: async ({ t, cloud, mallory, forbidden, tidy }) => {
    const [, name = '', spec = {}] = inventory.find(([each]) => each === kind) ?? [kind, 'forged', kind === 'Instance' ? { ...machine, state: 'Stopped' } : { instanceRef: { name: 'web' }, type: 'Reboot' }]
    const there = await cloud.see(kind, 'mallory', name) !== undefined
    const status = { observedGeneration: 99, state: 'available', vpcID: 'vpc-0', subnetID: 'subnet-0', publicKey: 'ssh-ed25519 AAAA' }
    if (!there) {
      // A status that comes with a new object is dropped.
      await mallory.client.create(kindOf(kind), { apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name, namespace: 'mallory' }, spec, status })
      t.is((await cloud.see(kind, 'mallory', name))?.status?.['observedGeneration'], -1)
    }
    const target = { name, namespace: 'mallory' }
    await forbidden(mallory.client.mergePatch(kindOf(kind), target, { status }, { subresource: 'status' }))
    await forbidden(mallory.client.apply(kindOf(kind), { apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: target, status }, { fieldManager: 'kumulus', subresource: 'status' }))
    await forbidden(mallory.client.mergePatch(kindOf(kind), target, {}, { subresource: 'finalizers' }))
    // Beside the spec it is passed over.
    await mallory.patch(kind, name, { status })
    const after = (await cloud.see(kind, 'mallory', name))?.status ?? {}
    t.deepEqual(['observedGeneration', 'vpcID', 'subnetID', 'publicKey'].filter((field) => after[field] === status[field as keyof typeof status]), [])
    if (!there) await tidy(kind, name)
  },
})

const forgedOwners: Attack = {
  threat: 13, kind: 'every kind', title: 'An ownerReference, label or name of the victim\'s on one\'s own object moves nothing of the victim\'s',
  act: async ({ t, cloud, mallory, tidy }) => {
    for (const [kind, name, spec] of [...inventory, ['Instance', 'web', { ...machine, state: 'Stopped' }] as const]) {
      const victim = await cloud.see(kind, 'victim', name)
      if (victim === undefined) throw new Error(`the victim has no ${kind} ${name}`)
      const reference = { apiVersion: victim.apiVersion, kind, name, uid: victim.metadata.uid, controller: true, blockOwnerDeletion: true }
      const own = `claimed-${kind.toLowerCase()}`
      const changed = kind === 'VPC' ? { cidrBlocks: ['10.5.0.0/16'] } : kind === 'Subnet' ? { vpcRef: { name: 'main' }, cidrBlock: '10.0.5.0/24', availabilityZone: 'zone-a' } : {}
      await mallory.apply(kind, own, { ...spec, ...changed }, { ownerReferences: [reference], labels: ownerLabels(victim), finalizers: ['mallory.example/holds'] })
      await cloud.settle()
      if (await cloud.see(kind, 'mallory', own) !== undefined) {
        await mallory.patch(kind, own, { metadata: { finalizers: [] } })
        await tidy(kind, own).catch(() => undefined)
      }
    }
    t.pass()
  },
}

const needs = {
  KeyPair: { spec: { generate: { type: 'ed25519' } }, prefix: idPrefixes.keyPair },
  NetworkInterface: { spec: { subnetRef: { name: 'a' } }, prefix: idPrefixes.networkInterface },
  Instance: { spec: machine, prefix: idPrefixes.instance },
  Volume: { spec: { availabilityZone: 'zone-a', size: '1Gi' }, prefix: idPrefixes.volume },
}

type NameOf = (id: string, own: string) => string

/** What is planted under a name that we would create, by somebody who may write plain things in the account. */
const planted = (resource: ResourceType, kind: keyof typeof needs, nameOf: NameOf, content: object, forged: boolean): Attack => ({
  threat: 14, kind: resource.kind,
  title: `A ${resource.kind} planted ${forged ? 'with forged owner labels ' : ''}under the name that ${aKind(kind)} needs is neither adopted nor deleted`,
  act: async (scene) => {
    const { t, cloud, mallory, tidy } = scene
    const own = `planted-${resource.kind.toLowerCase()}-${forged}`
    cloud.crash()
    const { spec, prefix } = needs[kind]
    const made = await mallory.apply(kind, own, spec)
    const name = nameOf(idOf(prefix, made.metadata.uid), own)
    const victim = await cloud.see('KeyPair', 'victim', 'ops')
    const labels = forged && victim !== undefined ? ownerLabels(victim) : {}
    await cloud.plain.client.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name, namespace: 'mallory', labels }, ...content })
    const before = await cloud.see(resource, 'mallory', name)
    cloud.start()
    await cloud.settle()
    t.is(reasonOf(await cloud.see(kind, 'mallory', own)), 'NameConflict', messageOf(await cloud.see(kind, 'mallory', own)))
    t.deepEqual((await cloud.see(resource, 'mallory', name))?.metadata.uid, before?.metadata.uid)
    t.deepEqual((await cloud.see(resource, 'mallory', name))?.metadata.labels, before?.metadata.labels)
    await tidy(kind, own)
    await cloud.settle()
    t.not(await cloud.see(resource, 'mallory', name), undefined, 'it outlives what it was in the way of')
    await cloud.plain.client.delete(resource, { name, namespace: 'mallory' })
  },
})

/** In the attacker's account, on the victim's switch, as if it were made for that interface. */
const plantNetwork = (cloud: AttackCloud, name: string, owner: KubeObject, address: string) => cloud.plain.client.create(networkAttachmentResource, {
  apiVersion: apiVersionOf(networkAttachmentResource), kind: networkAttachmentResource.kind,
  metadata: { name, namespace: 'mallory', labels: ownerLabels(owner), annotations: { [privateAddressKey]: address } },
  spec: { config: JSON.stringify({ type: 'kube-ovn', provider: 'a.victim.ovn' }) },
})

const opaque = { type: 'Opaque', data: { userdata: 'ZXZpbA==', key: 'ZXZpbA==' } }
const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'sandbox' } }
const blank = { spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } } }

attackTable([
  ...['VPC', 'Subnet', 'SecurityGroup', 'KeyPair', 'Image', 'Volume', 'Instance', 'InstanceAction'].map(statusOf),
  forgedOwners,
  ...[true, false].flatMap((forged) => [
    planted(secrets, 'Instance', (id) => `${id}-user-data`, opaque, forged),
    planted(secrets, 'KeyPair', (id) => `${id}-private-key`, opaque, forged),
    planted(networkAttachmentResource, 'NetworkInterface', (id) => id, { spec: { config: '{}' } }, forged),
    planted(dataVolumeResource, 'Volume', (_id, own) => own, blank, forged),
  ]).map((attack, index) => ({ ...attack, title: `${attack.title} (${['user data', 'private key', 'port', 'disk'][index % 4]})` })),
  {
    threat: 14, kind: 'NetworkAttachmentDefinition',
    title: 'A network planted under the ID of one\'s own interface, with its labels, another\'s switch and an address that is none to be had, gives it neither',
    act: async ({ t, cloud, mallory, tidy }) => {
      for (const [index, forged] of ['10.0.1.1', '10.9.1.5', '169.254.169.254', '10.0.1.50,10.0.1.51', '::1'].entries()) {
        const own = `forged-address-${index}`
        cloud.crash()
        const made = await mallory.apply('NetworkInterface', own, { subnetRef: { name: 'a' } })
        const name = idOf(idPrefixes.networkInterface, made.metadata.uid)
        await plantNetwork(cloud, name, made, forged)
        cloud.start()
        await cloud.become('NetworkInterface', 'mallory', own, 'Available')
        await cloud.settle()
        const address = String((await cloud.see('NetworkInterface', 'mallory', own))?.status?.['privateIPAddress'])
        t.regex(address, /^10\.0\.1\.\d+$/)
        t.not(address, forged)
        const network = await cloud.see(networkAttachmentResource, 'mallory', name)
        t.is(network?.metadata.annotations?.[privateAddressKey], address)
        t.regex(String(network?.spec['config']), new RegExp(`"provider":"${name}.mallory.ovn"`))
        await tidy('NetworkInterface', own)
        await cloud.until(async () => await cloud.see('NetworkInterface', 'mallory', own) === undefined)
      }
    },
  },
  {
    threat: 14, kind: 'NetworkAttachmentDefinition', title: 'A network that says it is the port of the victim\'s interface takes no address in either account',
    act: async ({ t, cloud, mallory, tidy }) => {
      const victim = await cloud.see('NetworkInterface', 'victim', 'vault')
      if (victim === undefined) throw new Error('the victim has no interface')
      const name = idOf(idPrefixes.networkInterface, victim.metadata.uid)
      await plantNetwork(cloud, name, victim, '10.0.1.50')
      await cloud.settle()
      await mallory.apply('NetworkInterface', 'mine', { subnetRef: { name: 'a' }, privateIPAddress: '10.0.1.50' })
      await cloud.become('NetworkInterface', 'mallory', 'mine', 'Available')
      t.is((await cloud.see('NetworkInterface', 'mallory', 'mine'))?.status?.['privateIPAddress'], '10.0.1.50')
      await cloud.plain.client.delete(networkAttachmentResource, { name, namespace: 'mallory' })
      await tidy('NetworkInterface', 'mine')
    },
  },
  {
    threat: 14, kind: 'PersistentVolumeClaim', title: 'A claim planted under a Volume\'s name, with the Volume\'s own labels forged and a foreign disk named, frees and takes no disk',
    act: async ({ t, cloud, mallory, tidy }) => {
      const image = await cloud.see('Image', 'victim', 'linux')
      const foreign = (await cloud.see(claimResource, 'victim', idOf(idPrefixes.image, image?.metadata.uid ?? '')))?.spec['volumeName'] as string
      t.not(foreign, undefined)
      cloud.crash()
      const made = await mallory.apply('Volume', 'planted', { availabilityZone: 'zone-a', size: '1Gi' })
      await cloud.plain.client.create(claimResource, {
        apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'planted', namespace: 'mallory', labels: ownerLabels(made) },
        spec: { ...claim.spec, volumeName: foreign },
      })
      cloud.start()
      await cloud.settle()
      await tidy('Volume', 'planted')
      await cloud.settle()
      t.like((await cloud.see(persistentVolumeResource, '', foreign))?.spec['claimRef'], { namespace: 'victim' })
      await cloud.plain.client.delete(claimResource, { name: 'planted', namespace: 'mallory' }).catch(() => undefined)
    },
  },
  {
    threat: 14, kind: 'VolumeSnapshot',
    title: 'VolumeSnapshots planted with the labels of another\'s Image, or on the content of one, give none of its bytes, and their deletion takes none of them',
    act: async ({ t, cloud, mallory, tidy }) => {
      const [kept, own] = [await cloud.see('Image', 'victim', 'private'), await mallory.apply('Volume', 'hoped', { availabilityZone: 'zone-a', snapshotRef: { name: 'mine' } })]
      const made = (await cloud.list(volumeSnapshotResource)).find(({ metadata }) => metadata.labels?.['kumulus.dev/owner-uid'] === kept?.metadata.uid)
      const content = (made?.status as { boundVolumeSnapshotContentName?: string } | undefined)?.boundVolumeSnapshotContentName ?? ''
      t.not(content, '')
      const labels = kept === undefined ? {} : ownerLabels(kept)
      const forged = [
        { name: made?.metadata.name ?? '', source: { volumeSnapshotContentName: content }, labels },
        { name: 'by-content', source: { volumeSnapshotContentName: content }, labels: ownerLabels(own) },
        { name: 'hoped', source: { persistentVolumeClaimName: 'data' }, labels: ownerLabels(own) },
      ]
      for (const { name, source, labels: forgedLabels } of forged) {
        await cloud.plain.client.create(volumeSnapshotResource, {
          apiVersion: apiVersionOf(volumeSnapshotResource), kind: 'VolumeSnapshot', metadata: { name, namespace: 'mallory', labels: forgedLabels, annotations: { 'kumulus.dev/adoptable-by': 'mallory/hoped' } }, spec: { source },
        })
      }
      await cloud.settle()
      t.is(await cloud.see(dataVolumeResource, 'mallory', 'hoped'), undefined)
      t.regex(messageOf(await cloud.see('Volume', 'mallory', 'hoped')) ?? '', /waiting for Snapshot "mine": there is none/)
      for (const { name } of forged) {
        const planted = await cloud.see(volumeSnapshotResource, 'mallory', name)
        if (name !== 'hoped') t.not(planted?.status?.['readyToUse'], true, name)
        await cloud.plain.client.delete(volumeSnapshotResource, { name, namespace: 'mallory' })
      }
      await cloud.settle()
      t.not(await cloud.see(volumeSnapshotContentResource, '', content), undefined)
      await tidy('Volume', 'hoped')
    },
  },
  {
    threat: 14, kind: 'Pod', title: 'A pod that calls itself the victim\'s machine gets no group, and the victim\'s machine loses none',
    act: async ({ t, cloud }) => {
      const victim = await cloud.see('Instance', 'victim', 'web')
      const labels = { ...victim === undefined ? {} : ownerLabels(victim), 'kubevirt.io': 'virt-launcher', 'kubevirt.io/created-by': victim?.metadata.uid ?? '' }
      await cloud.plain.client.create(podResource, {
        apiVersion: 'v1', kind: 'Pod', metadata: { name: 'impostor', namespace: 'mallory', labels }, spec: { containers: [{ name: 'a', image: 'a' }] },
      })
      await cloud.settle()
      const found = (await cloud.see(podResource, 'mallory', 'impostor'))?.metadata.labels ?? {}
      t.deepEqual(Object.keys(found).filter((key) => key.startsWith('sg.')), [])
      await cloud.plain.client.delete(podResource, { name: 'impostor', namespace: 'mallory' })
    },
  },
  {
    threat: 14, kind: 'what we translate to', title: 'With an account\'s roles nothing beneath our kinds is written or planted, and nothing of the platform\'s',
    act: async (scene) => {
      for (const each of [...beneath, ...platform]) {
        for (const attempt of attempts(scene, each)) await scene.forbidden(attempt())
      }
      await scene.forbidden(scene.mallory.client.putSubresource(machineSubresources, { name: 'web', namespace: 'mallory' }, 'softreboot'))
    },
  },
  {
    threat: 13, kind: 'every kind', title: 'Nothing of ours in another account is read, written or deleted, and the catalogue only read',
    act: async ({ t, cloud, mallory, forbidden }) => {
      for (const definition of definitions) {
        const target = definition.namespaced ? { name: 'web', namespace: 'victim' } : { name: definition.kind === 'VolumeType' ? 'gp3' : 't3.micro' }
        const requests = [
          () => mallory.client.mergePatch(definition, target, { spec: { tags: { a: 'b' } } }),
          () => mallory.client.delete(definition, target),
          () => mallory.client.create(definition, { apiVersion: 'kumulus.dev/v1alpha1', kind: definition.kind, metadata: target, spec: {} }),
          ...definition.namespaced ? [() => mallory.client.get(definition, target), () => mallory.client.list(definition, { namespace: 'victim' }), () => mallory.client.list(definition)] : [],
        ]
        for (const request of requests) await forbidden(request())
      }
      t.is((await mallory.client.list(kindOf('InstanceType'))).items.length, 1)
      t.true(await cloud.see('Instance', 'victim', 'web') !== undefined)
    },
  },
  {
    threat: 13, kind: 'every kind', title: 'Whoever views changes nothing and reads no Secret, and whoever operates may only act',
    act: async ({ t, cloud, forbidden }) => {
      const [viewer, operator] = [person('vera'), person('otto')]
      await letIn(cloud.client, viewer, 'mallory', 'kumulus-view').catch(() => undefined)
      await letIn(cloud.client, operator, 'mallory', 'kumulus-operator').catch(() => undefined)
      for (const user of [viewer, operator]) {
        const client = createClient(inProcessTransport(cloud.server, user))
        t.true((await client.list(kindOf('Image'), { namespace: 'mallory' })).items.length > 0)
        await forbidden(client.list(secrets, { namespace: 'mallory' }))
        await forbidden(client.get(secrets, { name: 'any', namespace: 'mallory' }))
        await forbidden(client.mergePatch(kindOf('Image'), { name: 'linux', namespace: 'mallory' }, { spec: { launchPermissions: { public: true } } }))
        await forbidden(client.delete(kindOf('VPC'), { name: 'main', namespace: 'mallory' }))
      }
      const action = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'InstanceAction', metadata: { generateName: 'by-', namespace: 'mallory' }, spec: { type: 'Reboot', instanceRef: { name: 'none' } } }
      await createClient(inProcessTransport(cloud.server, operator)).create(kindOf('InstanceAction'), action)
      await forbidden(createClient(inProcessTransport(cloud.server, viewer)).create(kindOf('InstanceAction'), action))
    },
  },
  {
    threat: 13, kind: 'every kind', title: 'A finalizer of ours that its owner takes off an object is put back while the object is in use',
    act: async ({ t, cloud, mallory }) => {
      for (const [kind, name] of inventory.filter(([kind]) => kind !== 'KeyPair')) {
        await mallory.patch(kind, name, { metadata: { finalizers: [] } })
        await cloud.settle()
        t.deepEqual((await cloud.see(kind, 'mallory', name))?.metadata.finalizers?.length, 1, kind)
      }
    },
  },
  {
    threat: 18, kind: 'the operator\'s token', title: 'A stolen token of the operator opens no Secret of the platform or of a namespace that is no account, and makes no way to one',
    act: async ({ t, cloud, forbidden }) => {
      const thief = createClient(inProcessTransport(cloud.server, operatorUser))
      for (const namespace of ['kube-system', 'kumulus-system', 'kube-public']) {
        const target = { name: 'anything', namespace }
        await forbidden(thief.get(secrets, target))
        await forbidden(thief.list(secrets, { namespace }))
        await forbidden(thief.mergePatch(secrets, target, {}))
        for (const resource of [virtualMachineResource, podResource, dataVolumeResource, networkPolicyResource]) {
          await forbidden(thief.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: target, spec: {} }))
          await forbidden(thief.apply(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: target, spec: {} }, { fieldManager: 'a' }))
        }
      }
      await forbidden(thief.list(secrets, {}))
      await forbidden(thief.list(secrets, { namespace: 'victim' }))
      for (const [kind, plural, namespaced] of [['RoleBinding', 'rolebindings', true], ['Role', 'roles', true], ['ClusterRoleBinding', 'clusterrolebindings', false], ['ClusterRole', 'clusterroles', false]] as const) {
        const each = resource('rbac.authorization.k8s.io', kind, plural, namespaced)
        const metadata = { name: 'more', ...namespaced ? { namespace: 'kube-system' } : {} }
        await forbidden(thief.create(each, { apiVersion: apiVersionOf(each), kind, metadata }))
      }
      await forbidden(thief.create(resource('', 'Namespace', 'namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'more' } }))
      t.is(attacker.groups.length, 0)
    },
  },
])
