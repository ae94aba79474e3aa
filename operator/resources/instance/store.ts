import { hash } from 'node:crypto'
import { keyOf } from '../../../crds/kubernetes.ts'
import { instance, type Instance, type InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, marked, siblingKey, storedMetadata } from '../stored.ts'

/**
 * An Instance as stores keep it. Its user data, up to 16 KiB, is nowhere in memory but for what tells one from another; what its status merely
 * reports is
 * for people.
 */
export type StoredInstance = Omit<Instance, 'spec' | 'status'> & {
  spec: Omit<Instance['spec'], 'userData'>
  userData: string
  status?: StoredStatus
}

type StoredStatus = Pick<InstanceStatus, (typeof remembered)[number]>

/** What a status takes over from the one before, or others ask for. */
const remembered = [
  'observedGeneration', 'conditions', 'state', 'stateReason', 'stateTransitionTime', 'launchTime', 'imageID', 'privateIPAddress', 'publicIPAddress', 'securityGroups',
  'instanceType', 'blockDevices', 'instanceStore', 'lastHandledRebootRequest',
] as const

export const instanceInformer: InformerSpec<StoredInstance> = {
  resource: instance,
  trim: ({ apiVersion, kind, metadata, spec, status }: Instance): StoredInstance => {
    const { tags: _tags, userData: _userData, ...kept } = spec
    return marked({
      apiVersion,
      kind,
      metadata: { ...storedMetadata(metadata), annotations: ownAnnotations(metadata.annotations) },
      spec: kept,
      userData: userDataMark(metadata.uid, spec),
      ...(status === undefined ? {} : { status: storedStatus(status) }),
    }, { apiVersion, kind, metadata, spec })
  },
  indexes: {
    uid: byUID,
    namespace: ({ metadata: { namespace = '' } }) => [namespace],
    /** `namespace/name` of what the spec refers to. */
    subnet: instance => [siblingKey(instance, instance.spec.subnetRef.name)],
    securityGroup: instance => (instance.spec.securityGroupRefs ?? []).map(({ name }) => siblingKey(instance, name)),
    keyPair: instance => instance.spec.keyPairRef === undefined ? [] : [siblingKey(instance, instance.spec.keyPairRef.name)],
    image: instance => [imageKeyOf(instance)],
    /** `namespace/name/address`: the subnet, and each address that the instance has by its status or asks for. */
    address: instance => [...addressesOf(instance)].map(address => `${siblingKey(instance, instance.spec.subnetRef.name)}/${address}`),
    /** `namespace/name` of the subnet, as long as the status says no address in it. */
    unplaced: instance => instance.status?.privateIPAddress === undefined ? [siblingKey(instance, instance.spec.subnetRef.name)] : [],
    /** `namespace/name` of the subnet of an instance that names no groups: it is in the default one of the VPC. */
    ungrouped: instance => instance.spec.securityGroupRefs === undefined ? [siblingKey(instance, instance.spec.subnetRef.name)] : [],
    /** `waits` where it is to have a public address and there was none for it. */
    publicAddress: instance => lacksPublicAddress(instance) ? ['waits'] : [],
    /** Name of the InstanceType. */
    instanceType: instance => [instance.spec.instanceType],
  },
}

const storedStatus = (status: InstanceStatus): StoredStatus => {
  const kept: Record<string, unknown> = {}
  for (const name of remembered) if (status[name] !== undefined) kept[name] = status[name]
  return kept as unknown as StoredStatus
}

/** Whether its condition says that the pool had no address for it, or wasn't there. */
const lacksPublicAddress = ({ status }: StoredInstance): boolean => status?.conditions?.some(({ type, status, reason }) =>
  type === 'PubliclyReachable' && status === 'False' && ['PoolExhausted', 'DependencyNotFound', 'DependencyNotReady'].includes(reason)) === true

const addressesOf = ({ spec, status }: StoredInstance): Set<string> =>
  new Set([status?.privateIPAddress, spec.privateIPAddress].filter(address => address !== undefined))

/** `namespace/name` of the image that an instance is launched from. */
export const imageKeyOf = ({ metadata, spec: { imageRef } }: Pick<Instance, 'metadata' | 'spec'>): string =>
  keyOf({ ...metadata, name: imageRef.name, ...imageRef.namespace === undefined ? {} : { namespace: imageRef.namespace } })

/**
 * Tells one user data from another without giving it away: a digest, salted with the UID, of what is inline; the reference of what is in a Secret,
 * which is read once, at launch.
 */
export const userDataMark = (uid: string, { userData, userDataSecretRef }: Pick<Instance['spec'], 'userData' | 'userDataSecretRef'>): string => {
  if (userDataSecretRef !== undefined) return `secret/${userDataSecretRef.name}/${userDataSecretRef.key}`
  return userData === undefined ? '' : `inline/${hash('sha256', `${uid}/${userData}`, 'base64url').slice(0, 22)}`
}

const ownAnnotations = (annotations: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => key.startsWith('kumulus.dev/')))
