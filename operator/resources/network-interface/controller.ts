import type { NetworkInterface, NetworkInterfaceStatus } from '../../../crds/v1alpha1/network-interface.ts'
import type { Kind } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { type AddressLedger, createAddressLedger } from '../subnet/ledger.ts'
import { type NetworkInterfaceFacts, observeNetworkInterface } from './observe.ts'
import { networkInterfaceStatus } from './status.ts'
import { awaitAttachment, awaitGroups, awaitReferences, checkSpec, ensureNetwork, finalizeNetworkInterface, followInstance } from './steps.ts'
import { networkInterfaceInformer } from './store.ts'
import { networkInterfaceWatches } from './watches.ts'

/**
 * NetworkInterface → the network that is its port alone, with the address that it has for life. What it is to a machine is written with the machine,
 * by the controller of the instance that it is attached to.
 */
export const networkInterfaceController = (
  settings: OperatorSettings, ledger: AddressLedger = createAddressLedger(),
): Kind<NetworkInterface, NetworkInterfaceFacts, NetworkInterfaceStatus> => ({
  name: 'network-interface',
  informer: networkInterfaceInformer,
  finalizer: 'kumulus.dev/network-interface',
  watches: networkInterfaceWatches,
  observe: observeNetworkInterface(ledger, settings),
  steps: {
    followInstance,
    references: awaitReferences,
    spec: checkSpec,
    network: ensureNetwork,
    groups: awaitGroups,
    attachment: awaitAttachment,
  },
  finalize: finalizeNetworkInterface(ledger),
  status: networkInterfaceStatus,
})
