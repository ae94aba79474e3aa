/** Two accounts in one cloud: the victim's, in which everything is well, and the attacker's, whose rights are `kumulus-admin` in it. */
import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { createClient, isNotFound, type Client } from '../../../operator/runtime/client.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import { storageClassName } from '../../../sandbox/stand-ins/cluster.ts'
import { MUTATING, VALIDATING, webhookConfigurations } from '../../../webhooks/configuration.ts'
import { letIn, person, rbac, roleBindings, roles } from '../../access.ts'
import type { CloudOptions, SavedCloud } from '../cloud.ts'
import { type Anything, createWorld, type World, type WorldOptions } from '../world.ts'
import { type AdmissionServer, createAdmissionServer } from './admission.ts'
import { untouched, type Untouched } from './untouched.ts'

/** What somebody does in an account, as themselves. */
export type Account = {
  namespace: string
  client: Client
  apply: (kind: string, name: string, spec: object, metadata?: object) => Promise<KubeObject>
  /** Merge patch. */
  patch: (kind: string, name: string, patch: object) => Promise<KubeObject>
  remove: (kind: string, name: string) => Promise<unknown>
}

export type AttackCloud = World & {
  admission: AdmissionServer
  mallory: Account
  victim: Account
  /** The attacker with the rights of Kubernetes' own over plain things beside ours. */
  plain: Account
  /** As the administrator sees it; undefined where there is none. */
  see: (kind: string | ResourceType, namespace: string, name: string) => Promise<Anything | undefined>
  /** Lets things come to rest: two minutes. */
  settle: () => Promise<void>
  become: (kind: string, namespace: string, name: string, reason: string) => Promise<void>
  /** What is not the attacker's, to be compared later. */
  untouched: () => Untouched
}

export const attacker = person('mallory')
const owner = person('alice')
const quartermaster = person('quentin')

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

export const kindOf = (kind: string): ResourceType => {
  const found = definitions.find(each => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return found
}

/** What each of the two begins with, under the same names. */
export const inventory: readonly [kind: string, name: string, spec: object][] = [
  ['VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }],
  ['Subnet', 'a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }],
  ['SecurityGroup', 'web', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }] }],
  ['KeyPair', 'ops', { generate: { type: 'ed25519' } }],
  ['Image', 'linux', { source: { http: { url: 'http://127.0.0.1:18080/linux.img' } }, minSize: '64Mi' }],
  ['Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi' }],
]

export const machine = {
  instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'a' }, securityGroupRefs: [{ name: 'web' }], keyPairRef: { name: 'ops' },
  userData: '#!/bin/sh\ntrue\n', blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }],
}

let saved: Promise<SavedCloud> | undefined

/** Set up once a process: both inventories, the victim's with a stopped instance, and a network of the victim's that the attacker has no like of. */
const prepared = (): Promise<SavedCloud> => saved ??= (async () => {
  const world = await createWorld()
  for (const name of ['victim', 'mallory']) await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await world.apply({ apiVersion: '', kind: 'InstanceType', metadata: { name: 't3.micro' }, spec: { vcpus: 1, memory: '1Gi' } })
  await world.apply({ apiVersion: '', kind: 'VolumeType', metadata: { name: 'gp3' }, spec: { storageClassName } })
  for (const namespace of ['victim', 'mallory']) {
    for (const [kind, name, spec] of inventory) await world.apply({ apiVersion: '', kind, metadata: { name, namespace }, spec })
  }
  for (const [kind, name, spec] of [
    ['Image', 'private', { source: { http: { url: 'http://127.0.0.1:18080/private.img' } }, minSize: '64Mi' }],
    ['VPC', 'vault', { cidrBlocks: ['10.9.0.0/16'] }],
    ['Subnet', 'vault', { vpcRef: { name: 'vault' }, cidrBlock: '10.9.1.0/24', availabilityZone: 'zone-a' }],
    ['SecurityGroup', 'vault', { vpcRef: { name: 'vault' } }],
    ['NetworkInterface', 'vault', { subnetRef: { name: 'a' } }],
    ['KeyPair', 'vault', { generate: { type: 'ed25519' } }],
    ['Volume', 'vault', { availabilityZone: 'zone-a', size: '1Gi' }],
    ['Instance', 'web', { ...machine, state: 'Stopped' }],
  ] as const) await world.apply({ apiVersion: '', kind, metadata: { name, namespace: 'victim' }, spec })
  await world.client.create(secrets, {
    apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vault', namespace: 'victim' }, data: { password: Buffer.from('hunter2').toString('base64') },
  })
  const ready = (kind: string, namespace: string, name: string) => async () => isReady(await world.get(kindOf(kind), name, namespace))
  for (const namespace of ['victim', 'mallory']) for (const [kind, name] of inventory) await world.until(ready(kind, namespace, name))
  await world.until(ready('Instance', 'victim', 'web'))
  await world.until(ready('Image', 'victim', 'private'))
  await installAttackers(world.client)
  await world.clock.advance(60_000)
  const state = world.save()
  await world.stop()
  return state
})()

export const secrets: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }

/** Who is who, and the webhooks, which nobody answers yet. */
const installAttackers = async (client: Client): Promise<void> => {
  await letIn(client, attacker, 'mallory', 'kumulus-admin')
  await letIn(client, quartermaster, 'mallory', 'kumulus-admin')
  await letIn(client, owner, 'victim', 'kumulus-admin')
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update']
  const plain = [
    { apiGroups: [''], resources: ['configmaps', 'pods', 'secrets', 'persistentvolumeclaims'], verbs },
    { apiGroups: ['k8s.cni.cncf.io'], resources: ['network-attachment-definitions'], verbs },
    { apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes', 'datasources'], verbs },
    { apiGroups: ['snapshot.storage.k8s.io'], resources: ['volumesnapshots'], verbs },
  ]
  await client.create(roles, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'plain', namespace: 'mallory' }, rules: plain,
  })
  await client.create(roleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'plain', namespace: 'mallory' },
    roleRef: { apiGroup: rbac.group, kind: 'Role', name: 'plain' }, subjects: [{ apiGroup: rbac.group, kind: 'User', name: quartermaster.username }],
  })
  const [validating, mutating] = webhookConfigurations({ url: 'https://127.0.0.1:9443' }, 'not asked for')
  await client.create(VALIDATING, validating)
  await client.create(MUTATING, mutating)
}

export type AttackOptions = { webhook: 'up' | 'down' } & Pick<WorldOptions, 'wrap'> & Pick<CloudOptions, 'fetchHead'>

/** A fork of the prepared cloud with its own operator and admission server; of another seed, or it would give the UIDs out a second time. */
export const startAttackCloud = async ({ webhook, ...options }: AttackOptions): Promise<AttackCloud> => {
  const admission = createAdmissionServer(webhook === 'up')
  const world = await createWorld({ ...options, seed: 2, from: await prepared(), callWebhook: admission.call })
  admission.start(world.server, world.clock)
  await world.clock.advance(1000)
  const accountOf = (user: typeof attacker, namespace: string) => account(createClient(inProcessTransport(world.server, user)), namespace)
  const see: AttackCloud['see'] = (kind, namespace, name) =>
    world.get(typeof kind === 'string' ? kindOf(kind) : kind, name, namespace).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
  return {
    ...world,
    admission,
    see,
    mallory: accountOf(attacker, 'mallory'),
    plain: accountOf(quartermaster, 'mallory'),
    victim: accountOf(owner, 'victim'),
    settle: () => world.clock.advance(120_000),
    become: (kind, namespace, name, reason) => world.until(async () => reasonOf(await see(kind, namespace, name)) === reason),
    untouched: () => untouched(world.server.state().objects, 'mallory'),
    stop: async () => {
      await admission.stop()
      await world.stop()
    },
  }
}

const account = (client: Client, namespace: string): Account => {
  const target = (kind: string, name: string) => kindOf(kind).namespaced ? { name, namespace } : { name }
  return {
    namespace,
    client,
    apply: (kind, name, spec, metadata = {}) => {
      const resource = kindOf(kind)
      const whole = { ...target(kind, name), ...metadata }
      return client.apply(resource, { apiVersion: apiVersionOf(resource), kind, metadata: whole, spec }, { fieldManager: 'kubectl' })
    },
    patch: (kind, name, patch) => client.mergePatch(kindOf(kind), target(kind, name), patch),
    remove: (kind, name) => client.delete(kindOf(kind), target(kind, name)),
  }
}

type Conditions = { type: string; status: string; reason: string; message: string }[] | undefined

const readyOf = (object: Anything | undefined) => (object?.status?.['conditions'] as Conditions)?.find(({ type }) => type === 'Ready')
export const isReady = (object: Anything | undefined): boolean => readyOf(object)?.status === 'True'
export const reasonOf = (object: Anything | undefined): string | undefined => readyOf(object)?.reason
export const messageOf = (object: Anything | undefined): string | undefined => readyOf(object)?.message
