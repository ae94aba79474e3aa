import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Condition } from '../../../crds/kubernetes.ts'
import type { ElasticIP, ElasticIPStatus } from '../../../crds/v1alpha1/elastic-ip.ts'
import { addressOfName, isFipReady } from '../../providers/kube-ovn/public-address.ts'
import { condition, type ConditionsInput, conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { publiclyReachable, type Reachability } from '../subnet/internet.ts'
import type { ElasticIPFacts } from './observe.ts'

/** An address once told stays told: it is the owner's until the ElasticIP goes. */
export const elasticIPStatus = ({ object, facts, outcome, now }: StatusInput<ElasticIP, ElasticIPFacts>): ElasticIPStatus => {
  const generation = object.metadata.generation ?? 0
  const { holding: { eip }, natGateways: [gateway], fip, aim } = facts
  const publicIP = eip === undefined ? object.status?.publicIP : addressOfName(eip.metadata.name)
  const leads = fip !== undefined && isFipReady(fip) && fip.metadata.deletionTimestamp === undefined && aim.kind === 'there'
  const about = { previous: object.status?.conditions, generation, now }
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ ...about, outcome, readyReason: leads || gateway !== undefined ? 'Associated' : 'Unassociated' }),
      ...leads ? [reachability(about, facts.way())] : [],
    ],
    allocationID: facts.id,
    ...publicIP === undefined ? {} : { publicIP },
    ...leads ? {
      associationID: idOf(idPrefixes.elasticIPAssociation, `${object.metadata.uid}/${aim.target.uid}`),
      ...aim.instanceID === undefined ? {} : { instanceID: aim.instanceID },
      ...aim.networkInterfaceID === undefined ? {} : { networkInterfaceID: aim.networkInterfaceID },
      privateIPAddress: aim.target.privateIPAddress,
    } : {},
    ...gateway === undefined ? {} : { natGatewayID: gateway.id },
  }
}

const reachability = (about: Pick<ConditionsInput, 'previous' | 'generation' | 'now'>, { status, reason, message }: Reachability): Condition =>
  condition(about, publiclyReachable, status, reason, message)
