import type { ResourceType } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { claimResource, persistentVolumeResource, volumeSnapshotContentResource, volumeSnapshotResource } from '../../operator/providers/csi/resources.ts'
import { podResource, virtualMachineInstanceResource, virtualMachineResource } from '../../operator/providers/kubevirt/resources.ts'
import { secretResource } from '../../operator/resources/key-pair/secret.ts'
import { isNotFound } from '../../operator/runtime/api-error.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import { type Anything, createWorld, type World, type WorldOptions } from './world.ts'

/** A world with one account in it, and objects called by kind and name as its user does. */
export type InstanceCloud = Pick<World, 'client' | 'hypervisor' | 'writes'> & {
  apply: (kind: string, name: string, spec: object, more?: { annotations?: Record<string, string> }) => Promise<void>
  read: (kind: string, name: string) => Promise<Anything | undefined>
  list: (kind: string) => Promise<Anything[]>
  remove: (kind: string, name: string) => Promise<void>
  /** Lets so many milliseconds pass. */
  pass: (ms: number) => Promise<void>
  /** Lets time pass until `holds` returns a value, and returns it. */
  until: <T>(what: string, holds: () => Promise<T | undefined | false>) => Promise<T>
  /** Waits until an Instance is in a state. */
  inState: (state: string, name?: string) => Promise<Anything>
  /** Ends the operator as SIGKILL would, at its n-th write from now on: before it is sent, or after it has been done. */
  crashAt: (n: number, when: 'before' | 'after') => void
  hasCrashed: () => boolean
  startOperator: () => void
  end: () => Promise<void>
}

const namespace = 'a'

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

const kinds: readonly ResourceType[] = [
  ...definitions, virtualMachineResource, virtualMachineInstanceResource, podResource, secretResource, claimResource, persistentVolumeResource,
  volumeSnapshotResource, volumeSnapshotContentResource, namespaces,
]

const resourceOf = (kind: string): ResourceType => {
  const found = kinds.find(each => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is not known here`)
  return found
}

export const startInstanceCloud = async (options: Pick<WorldOptions, 'guestAgent' | 'files'> = {}): Promise<InstanceCloud> => {
  const fate: Fate = { death: undefined, crashed: false, die: () => undefined }
  const world = await createWorld({ ...options, wrap: transport => mortal(transport, fate) })
  fate.die = world.crash
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  return {
    client: world.client,
    hypervisor: world.hypervisor,
    writes: world.writes,
    ...calls(world),
    hasCrashed: () => fate.crashed,
    crashAt: (n, when) => void (fate.death = { left: n, when }),
    startOperator: () => {
      fate.crashed = false
      world.start()
    },
    end: world.stop,
  }
}

/** What a user does, as the administrator. */
const calls = (world: World) => {
  const read = (kind: string, name: string) => world.get(resourceOf(kind), name, namespace).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  const until = untilIn(world)
  return {
    read,
    until,
    pass: (ms: number) => world.clock.advance(ms),
    apply: (kind: string, name: string, spec: object, more: { annotations?: Record<string, string> } = {}) =>
      world.apply({ apiVersion: '', kind, metadata: { name, ...resourceOf(kind).namespaced ? { namespace } : {}, ...more }, spec }),
    list: async (kind: string) =>
      (await world.list(resourceOf(kind))).filter(({ metadata }) => !resourceOf(kind).namespaced || metadata.namespace === namespace),
    remove: (kind: string, name: string) => world.remove(resourceOf(kind), name, namespace),
    inState: (wanted: string, name = 'web') => until(`${name} to be ${wanted}`, async () => {
      const found = await read('Instance', name)
      return found?.status?.['state'] === wanted && found
    }),
  }
}

const untilIn = (world: World) => async <T>(what: string, holds: () => Promise<T | undefined | false>): Promise<T> => {
  const result: { found?: T } = {}
  await world.until(async () => {
    const found = await holds()
    if (found === undefined || found === false) return false
    result.found = found
    return true
  }).catch((error: unknown) => {
    throw new Error(`waited in vain for ${what}`, { cause: error })
  })
  return result.found as T
}

type Fate = { death: { left: number; when: 'before' | 'after' } | undefined; crashed: boolean; die: () => void }

/** Lets the process behind it end at one of its writes. */
const mortal = (transport: Transport, fate: Fate): Transport => ({
  ...transport,
  request: async request => {
    const isWrite = request.method !== 'GET' && !/\/events(\/|$)/.test(request.path)
    const dies = isWrite && fate.death !== undefined && --fate.death.left === 0 ? fate.death.when : undefined
    if (dies === undefined) return transport.request(request)
    fate.death = undefined
    fate.crashed = true
    if (dies === 'before') {
      fate.die()
      return new Promise(() => undefined)
    }
    const answer = await transport.request(request)
    fate.die()
    return answer
  },
})

/** What a newcomer applies, `web` with it; any order will do. */
export const quickstart: readonly [kind: string, name: string, spec: object][] = [
  ['VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }],
  ['Subnet', 'public-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }],
  ['SecurityGroup', 'web', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }] }],
  ['KeyPair', 'ops', { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNv1dKhFJxGRTLmUMqmwb0mUo1DcKhsZkLuHNP1hB1L ops' }],
  ['InstanceType', 't3.micro', { vcpus: 1, memory: '1Gi' }],
  ['InstanceType', 't3.small', { vcpus: 2, memory: '2Gi' }],
  ['VolumeType', 'gp3', { storageClassName }],
  ['Image', 'linux', { source: { http: { url: 'http://127.0.0.1:18080/linux.img' } }, minSize: '64Mi' }],
]

export const web = {
  instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], keyPairRef: { name: 'ops' },
  privateIPAddress: '10.0.1.5', userData: '#!/bin/sh\necho hello', blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }],
}
