import { parse } from 'yaml'
import { generatedFiles } from '../../crds/generate.ts'
import { apiVersionOf, type KubeObject, type NewObject, type ResourceType } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { imageController } from '../../operator/resources/image/controller.ts'
import { instanceActionController } from '../../operator/resources/instance-action/controller.ts'
import { instanceTypeController } from '../../operator/resources/instance-type/controller.ts'
import { instanceController } from '../../operator/resources/instance/controller.ts'
import { keyPairController } from '../../operator/resources/key-pair/controller.ts'
import { securityGroupController } from '../../operator/resources/security-group/controller.ts'
import { subnetController } from '../../operator/resources/subnet/controller.ts'
import { volumeTypeController } from '../../operator/resources/volume-type/controller.ts'
import { volumeController } from '../../operator/resources/volume/controller.ts'
import { vpcController } from '../../operator/resources/vpc/controller.ts'
import { isNotFound } from '../../operator/runtime/api-error.ts'
import { createLog, silentLog } from '../../operator/runtime/log.ts'
import type { Kind } from '../../operator/runtime/kind.ts'
import { createRuntime, type Runtime } from '../../operator/runtime/runtime.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import { startCloud, type Cloud, type CloudOptions } from '../../sandbox/stand-ins/testing.ts'

/** What the tests read of any object. */
export type Anything = KubeObject & { spec: Record<string, never>; status?: Record<string, never> }

const settings = { operatorNamespace: 'kumulus', imageSources: ['http://127.0.0.1:8080/'], defaultVolumeType: 'gp3' }

/** A cloud in this process with the real operator in it, on a clock that stands still, and what a newcomer applies first. */
export type InstanceCloud = Cloud & {
  /** Every write that the operator sent but Events: `PATCH /apis/…`. */
  writes: string[]
  apply: (kind: string, name: string, spec: object, more?: { annotations?: Record<string, string> }) => Promise<void>
  read: (kind: string, name: string) => Promise<Anything | undefined>
  list: (kind: string) => Promise<Anything[]>
  remove: (kind: string, name: string) => Promise<void>
  /** Waits until an Instance is in a state. */
  inState: (state: string, name?: string) => Promise<Anything>
  /** Ends the operator as SIGKILL would, at its n-th write from now on: before it is sent, or after it has been done. */
  crashAt: (n: number, when: 'before' | 'after') => void
  hasCrashed: () => boolean
  startOperator: () => void
  end: () => Promise<void>
}

const kinds: readonly ResourceType[] = [
  ...definitions,
  { group: 'kubevirt.io', version: 'v1', kind: 'VirtualMachine', plural: 'virtualmachines', namespaced: true },
  { group: 'kubevirt.io', version: 'v1', kind: 'VirtualMachineInstance', plural: 'virtualmachineinstances', namespaced: true },
  { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  { group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true },
  { group: '', version: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
]

const resourceOf = (kind: string): ResourceType => {
  const found = kinds.find(each => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is not known here`)
  return found
}

const namespace = 'a'

const crd: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}

export const startInstanceCloud = async (options: CloudOptions = {}): Promise<InstanceCloud> => {
  const cloud = await startCloud(options)
  const crds = [...generatedFiles()].filter(([path]) => path.startsWith('crds/')).map(([, text]) => parse(text) as NewObject & Record<string, unknown>)
  for (const each of crds) await cloud.client.create(crd, each)
  const state: { operator: Runtime | undefined; crash: { left: number; when: 'before' | 'after' } | undefined; crashed: boolean; severed: AbortController } =
    { operator: undefined, crash: undefined, crashed: false, severed: new AbortController() }
  const writes: string[] = []
  const startOperator = () => {
    state.crashed = false
    state.severed = new AbortController()
    state.operator = operatorOn(mortal(cloud.transport, writes, state), cloud)
  }
  startOperator()
  return Object.assign(Object.create(cloud) as Cloud, {
    writes,
    startOperator,
    ...calls(cloud),
    hasCrashed: () => state.crashed,
    crashAt: (n: number, when: 'before' | 'after') => void (state.crash = { left: n, when }),
    end: async () => {
      state.severed.abort(new Error('the end'))
      await state.operator?.stop().catch(() => undefined)
      await cloud.close()
    },
  })
}

/** What a user does, as the administrator. */
const calls = ({ client, until }: Cloud) => {
  const read = async (kind: string, name: string) => {
    try {
      return await client.get<Anything>(resourceOf(kind), targetOf(resourceOf(kind), name))
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
  return {
    read,
    apply: async (kind: string, name: string, spec: object, { annotations }: { annotations?: Record<string, string> } = {}) => {
      const resource = resourceOf(kind)
      const metadata = { ...targetOf(resource, name), ...annotations === undefined ? {} : { annotations } }
      await client.apply(resource, { apiVersion: apiVersionOf(resource), kind, metadata, spec }, { fieldManager: 'user', force: true })
    },
    list: async (kind: string) => (await client.list<Anything>(resourceOf(kind), resourceOf(kind).namespaced ? { namespace } : {})).items,
    remove: async (kind: string, name: string) => void await client.delete(resourceOf(kind), targetOf(resourceOf(kind), name)),
    inState: (wanted: string, name = 'web') => until(`${name} to be ${wanted}`, async () => {
      const found = await read('Instance', name)
      return found?.status?.['state'] === wanted ? found : undefined
    }),
  }
}

const targetOf = (resource: ResourceType, name: string) => resource.namespaced ? { name, namespace } : { name }

const operatorOn = (transport: Transport, { clock }: Cloud): Runtime => {
  const log = process.env['LOG_LEVEL'] === undefined ? silentLog : createLog({ level: process.env['LOG_LEVEL'] })
  const runtime = createRuntime({ transport, clock, log, identity: 'operator' })
  for (const kind of [
    vpcController, subnetController, securityGroupController, keyPairController, instanceTypeController, volumeTypeController, imageController,
    volumeController, instanceController, instanceActionController,
  ]) runtime.kind(kind(settings) as unknown as Kind<KubeObject, unknown, object>)
  runtime.start()
  return runtime
}

type Fate = { crash: { left: number; when: 'before' | 'after' } | undefined; crashed: boolean; severed: AbortController }

/** Counts writes, and lets the process behind it end at one: from then on no request leaves and no answer arrives. */
const mortal = (transport: Transport, writes: string[], fate: Fate): Transport => {
  const { signal } = fate.severed
  const never = () => new Promise<never>(() => undefined)
  return {
    request: async request => {
      if (signal.aborted) return never()
      const isWrite = request.method !== 'GET' && !/\/events(\/|$)/.test(request.path)
      const dies = isWrite && fate.crash !== undefined && --fate.crash.left === 0 ? fate.crash.when : undefined
      if (dies !== undefined) fate.crash = undefined
      const die = () => {
        fate.crashed = true
        fate.severed.abort(new Error('the process is gone'))
      }
      if (dies === 'before') {
        die()
        return never()
      }
      if (isWrite) writes.push(`${request.method} ${request.path}`)
      const answer = await transport.request(request)
      if (dies === 'after') die()
      return signal.aborted ? never() : answer
    },
    stream: request => transport.stream({ ...request, signal: request.signal === undefined ? signal : AbortSignal.any([request.signal, signal]) }),
    close: () => transport.close(),
  }
}

/** What a newcomer applies, `web` with it; any order will do. */
export const quickstart: readonly [kind: string, name: string, spec: object][] = [
  ['VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }],
  ['Subnet', 'public-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }],
  ['SecurityGroup', 'web', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }] }],
  ['KeyPair', 'ops', { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNv1dKhFJxGRTLmUMqmwb0mUo1DcKhsZkLuHNP1hB1L ops' }],
  ['InstanceType', 't3.micro', { vcpus: 1, memory: '1Gi' }],
  ['InstanceType', 't3.small', { vcpus: 2, memory: '2Gi' }],
  ['VolumeType', 'gp3', { storageClassName }],
  ['Image', 'linux', { source: { http: { url: 'http://127.0.0.1:8080/linux.img' } }, minSize: '64Mi' }],
]

export const web = {
  instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], keyPairRef: { name: 'ops' },
  privateIPAddress: '10.0.1.5', userData: '#!/bin/sh\necho hello', blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }],
}
