import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { ElasticIP, ElasticIPStatus } from '../../../crds/v1alpha1/elastic-ip.ts'
import { addressOfName, isFipReady } from '../../providers/kube-ovn/public-address.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { ElasticIPFacts } from './observe.ts'

/** An address once told stays told: it is the owner's until the ElasticIP goes. */
export const elasticIPStatus = ({ object, facts, outcome, now }: StatusInput<ElasticIP, ElasticIPFacts>): ElasticIPStatus => {
  const generation = object.metadata.generation ?? 0
  const { holding: { eip }, natGateways: [gateway], fip, aim } = facts
  const publicIP = eip === undefined ? object.status?.publicIP : addressOfName(eip.metadata.name)
  const leads = fip !== undefined && isFipReady(fip) && fip.metadata.deletionTimestamp === undefined && aim.kind === 'there'
  return {
    observedGeneration: generation,
    conditions: conditionsOf({
      previous: object.status?.conditions, generation, outcome, now, readyReason: leads || gateway !== undefined ? 'Associated' : 'Unassociated',
    }),
    allocationID: facts.id,
    ...publicIP === undefined ? {} : { publicIP },
    ...leads ? {
      associationID: idOf(idPrefixes.elasticIPAssociation, `${object.metadata.uid}/${aim.target.uid}`),
      instanceID: aim.instanceID,
      privateIPAddress: aim.target.privateIPAddress,
    } : {},
    ...gateway === undefined ? {} : { natGatewayID: gateway.id },
  }
}
