import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import { launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { imageInformer } from '../image/store.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { keyPairInformer } from '../key-pair/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { ownersOf } from '../stored.ts'
import { type AddressLedger, createAddressLedger } from '../subnet/ledger.ts'
import { subnetInformer } from '../subnet/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { catchUp } from './catch-up.ts'
import { finalizeInstance } from './finalize.ts'
import { ensureMembership } from './groups.ts'
import { awaitMachine, ensureMachine } from './machine.ts'
import { type InstanceFacts, observeInstance } from './observe.ts'
import { ensureStopped, handleShutdown } from './power.ts'
import { ensureRebooted } from './reboot.ts'
import { awaitReferences, checkServed } from './references.ts'
import { instanceStatus } from './status.ts'
import { instanceInformer, type StoredInstance } from './store.ts'
import { ensurePublicKey, ensureUserData, secretResource } from './user-data.ts'
import { ensureVolumes } from './volumes.ts'

/** Instance → its Volumes, the Secrets of its seed, and a VirtualMachine of its name. */
export const instanceController = (
  settings: OperatorSettings,
  ledger: AddressLedger = createAddressLedger(),
): Kind<StoredInstance, InstanceFacts, InstanceStatus> => ({
  name: 'instance',
  informer: instanceInformer,
  finalizer: 'kumulus.dev/instance',
  watches: [
    watch(virtualMachineInformer, ownersOf(instanceInformer)),
    watch(virtualMachineInstanceInformer, ownersOf(instanceInformer)),
    watch(launcherPodInformer, ownersOf(instanceInformer)),
    watch(volumeInformer, ownersOf(instanceInformer)),
    watch(imageInformer, (image, cache, previous) => isSame(image, previous) ? [] : keysBy('image', keyOf(image.metadata), cache)),
    watch(subnetInformer, (subnet, cache, previous) => isSame(subnet, previous) ? [] : keysBy('subnet', keyOf(subnet.metadata), cache)),
    watch(vpcInformer, (vpc, cache, previous) => isSame(vpc, previous) ? []
      : cache.of(subnetInformer).by('vpc', keyOf(vpc.metadata)).flatMap(({ metadata }) => keysBy('subnet', keyOf(metadata), cache))),
    watch(securityGroupInformer, (group, cache, previous) => isSame(group, previous) ? [] : keysBy('securityGroup', keyOf(group.metadata), cache)),
    watch(keyPairInformer, (pair, cache, previous) => isSame(pair, previous) ? [] : keysBy('keyPair', keyOf(pair.metadata), cache)),
    watch(instanceTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : keysBy('instanceType', type.metadata.name, cache)),
  ],
  unwatched: [secretResource],
  observe: observeInstance(ledger),
  steps: {
    shutdown: handleShutdown,
    stop: ensureStopped,
    membership: ensureMembership,
    reboot: ensureRebooted(new Set()),
    served: checkServed,
    references: awaitReferences,
    volumes: ensureVolumes(settings),
    userData: ensureUserData,
    publicKey: ensurePublicKey,
    machine: ensureMachine,
    running: awaitMachine,
    catchUp,
  },
  finalize: finalizeInstance(ledger),
  status: instanceStatus,
})

const keysBy = (index: string, value: string, cache: Cache): string[] =>
  cache.of(instanceInformer).by(index, value).map(({ metadata }) => keyOf(metadata))

/**
 * Whether a change of what instances refer to means nothing to them: a group's count of members moves with every one of its instances, and would
 * bring all of them back each time.
 */
const isSame = (object: Referred, previous: Referred | undefined): boolean =>
  previous !== undefined && previous.metadata.uid === object.metadata.uid && previous.metadata.generation === object.metadata.generation &&
  previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp && isReady(previous) === isReady(object)

type Referred = KubeObject & { status?: { state?: string; conditions?: readonly { type: string; status: string }[] } | undefined }

const isReady = ({ status }: Referred): string =>
  `${status?.state ?? ''}/${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? ''}`
