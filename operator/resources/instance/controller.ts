import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import type { Kind } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { type AddressBook, createAddressBook } from '../public-ip-pool/address-book.ts'
import { type AddressLedger, createAddressLedger } from '../subnet/ledger.ts'
import { standStill } from './capture.ts'
import { catchUp } from './catch-up.ts'
import type { Ends } from './ends.ts'
import { finalizeInstance } from './finalize.ts'
import { awaitPortGroups, ensureMembership } from './groups.ts'
import { awaitInterfaces, ensureInterfaces } from './interfaces.ts'
import { awaitMachine, ensureMachine } from './machine.ts'
import { type InstanceFacts, observeInstance, questionOfInstance } from './observe.ts'
import { checkStopProtection, ensureStopped, handleShutdown } from './power.ts'
import { ensurePublicAddress, releasePublicAddress } from './public-address.ts'
import { ensureRebooted } from './reboot.ts'
import { awaitReferences, checkServed } from './references.ts'
import { instanceStatus } from './status.ts'
import { instanceInformer, type StoredInstance } from './store.ts'
import { type Begun, ensurePublicKey, ensureUserData, secretResource } from './user-data.ts'
import { ensureVolumes } from './volumes.ts'
import { instanceWatches } from './watches.ts'

/** Instance → its Volumes, the Secrets of its seed, and a VirtualMachine of its name. */
export const instanceController = (
  settings: OperatorSettings,
  ledger: AddressLedger = createAddressLedger(),
  begun: Begun = new Set(),
  ends: Ends = new Map(),
  book: AddressBook = createAddressBook(),
): Kind<StoredInstance, InstanceFacts, InstanceStatus> => ({
  name: 'instance',
  informer: instanceInformer,
  finalizer: 'kumulus.dev/instance',
  watches: instanceWatches(ends),
  unwatched: [secretResource],
  question: questionOfInstance,
  observe: observeInstance(ledger, settings, ends, book),
  steps: {
    shutdown: handleShutdown,
    stop: ensureStopped,
    capture: standStill,
    publicAddressReleased: releasePublicAddress,
    membership: ensureMembership,
    interfaces: ensureInterfaces,
    reboot: ensureRebooted(new Set()),
    catchUp,
    stopProtection: checkStopProtection,
    served: checkServed,
    references: awaitReferences,
    volumes: ensureVolumes(settings, begun),
    userData: ensureUserData(begun),
    publicKey: ensurePublicKey(begun),
    portGroups: awaitPortGroups,
    interfacesReady: awaitInterfaces,
    machine: ensureMachine,
    publicAddress: ensurePublicAddress(book),
    running: awaitMachine,
  },
  finalize: finalizeInstance(ledger, begun),
  status: instanceStatus,
})
