import { containsAddress, parseAddress, parseCidr } from '../../crds/cidr.ts'
import type { ElasticIP } from '../../crds/v1alpha1/index.ts'
import type { Verdict, View, Violation } from './view.ts'

/** An address of its pool, for a target that has no other. */
export const elasticIPVerdict: Verdict<ElasticIP> = (eip, old, view) =>
  [...outsidePool(eip, view), ...takenTarget(eip, old, view), ...gatewaysAddress(eip, view)]

const outsidePool = ({ spec: { poolName, address } }: ElasticIP, view: View): Violation[] => {
  const pool = view.getPublicIPPool(poolName)
  const parsed = address === undefined ? undefined : parseAddress(address)
  if (pool === undefined || parsed === undefined) return []
  const isInside = pool.spec.cidrs.some(text => {
    const block = parseCidr(text)
    return block !== undefined && containsAddress(block, parsed)
  })
  return isInside ? [] : [{ field: 'spec.address', message: `${address} is not in the pool ${poolName} (${pool.spec.cidrs.join(', ')}): choose an address inside, or leave it out` }]
}

const takenTarget = ({ metadata, spec }: ElasticIP, old: ElasticIP | undefined, view: View): Violation[] => {
  const namespace = metadata.namespace ?? ''
  const targets = [
    { field: 'instanceRef', before: old?.spec.instanceRef?.name, name: spec.instanceRef?.name, others: view.elasticIPsOfInstance },
    { field: 'networkInterfaceRef', before: old?.spec.networkInterfaceRef?.name, name: spec.networkInterfaceRef?.name, others: view.elasticIPsOfInterface },
  ] as const
  return targets.flatMap(({ field, before, name, others }) => {
    if (name === undefined || name === before) return []
    const other = [...others(namespace, name)].find(each => each.metadata.name !== metadata.name && each.metadata.deletionTimestamp === undefined)
    return other === undefined ? [] : [{
      field: `spec.${field}`, message: `the ElasticIP ${other.metadata.name} leads to ${name}, which has one address only: take its ${field} off first`,
    }]
  })
}

const gatewaysAddress = ({ metadata, spec }: ElasticIP, view: View): Violation[] => {
  const field = spec.instanceRef !== undefined ? 'instanceRef' : spec.networkInterfaceRef !== undefined ? 'networkInterfaceRef' : undefined
  if (field === undefined) return []
  const [gateway] = view.natGatewaysOfAddress(metadata.namespace ?? '', metadata.name)
  return gateway === undefined ? [] : [{
    field: `spec.${field}`, message: `the address is the NAT gateway ${gateway.metadata.name}'s: take ${field} off, or delete the gateway first`,
  }]
}
