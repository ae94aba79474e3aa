import { idOf, idPrefixes, macOf } from '../../../crds/ids.ts'
import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { Attachment } from '../network-interface/attachment.ts'
import type { InstanceFacts } from './observe.ts'
import { publicAddressNow } from './public-address.ts'
import type { InstanceState } from './state.ts'
import type { StoredInstance } from './store.ts'

type Shown = NonNullable<InstanceStatus['networkInterfaces']>
type Input = Pick<StatusInput<StoredInstance, InstanceFacts>, 'object' | 'facts'>

/** The ID of the interface that an instance is launched with: no object of its own, it is the instance's for life. */
export const firstInterfaceID = (instanceUID: string): string => idOf(idPrefixes.networkInterface, `${instanceUID}/0`)

/** The first one, and those that are attached or on their way, as far as they say so themselves. */
export const networkInterfacesOf = ({ object, facts }: Input, state: InstanceState): Shown => {
  const { subnet, address } = facts
  const publicIPAddress = publicAddressNow(facts.publicAddress)
  return [{
    networkInterfaceID: firstInterfaceID(object.metadata.uid),
    deviceIndex: 0,
    ...subnet === undefined ? {} : { subnetID: idOf(idPrefixes.subnet, subnet.metadata.uid) },
    ...address?.kind !== 'chosen' ? {} : { privateIPAddress: address.address },
    ...publicIPAddress === undefined ? {} : { publicIPAddress },
    macAddress: macOf(object.metadata.uid),
    state: state === 'pending' ? 'attaching' : 'attached',
  }, ...facts.interfaces.flatMap(furtherOf)]
}

const furtherOf = ({ id, object: { metadata, status } }: Attachment): Shown => {
  const { attachment, subnetID, privateIPAddress, publicIPAddress } = status ?? {}
  if (attachment === undefined || attachment.state === 'detached') return []
  return [{
    networkInterfaceID: id,
    networkInterfaceName: metadata.name,
    deviceIndex: attachment.deviceIndex,
    ...subnetID === undefined ? {} : { subnetID },
    ...privateIPAddress === undefined ? {} : { privateIPAddress },
    ...publicIPAddress === undefined ? {} : { publicIPAddress },
    macAddress: macOf(metadata.uid),
    state: attachment.state,
  }]
}
