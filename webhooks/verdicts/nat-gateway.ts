import type { NATGateway } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** Its ElasticIP leads to nothing else. */
export const natGatewayVerdict: Verdict<NATGateway> = ({ metadata, spec }, old, view) => {
  const name = spec.elasticIPRef?.name
  if (name === undefined || old !== undefined) return []
  const namespace = metadata.namespace ?? ''
  const field = 'spec.elasticIPRef'
  const other = [...view.natGatewaysOfAddress(namespace, name)].find(each => each.metadata.name !== metadata.name)
  if (other !== undefined) return [{ field, message: `the ElasticIP ${name} is the NAT gateway ${other.metadata.name}'s: name another` }]
  const target = view.getElasticIP(namespace, name)?.spec
  const taken = target?.instanceRef?.name ?? target?.networkInterfaceRef?.name
  return taken === undefined ? [] : [{ field, message: `the ElasticIP ${name} leads to ${taken}: name another, or take its target off first` }]
}
