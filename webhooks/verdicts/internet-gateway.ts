import type { InternetGateway } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** A VPC has one. */
export const internetGatewayVerdict: Verdict<InternetGateway> = ({ metadata, spec }, old, view) => {
  if (old !== undefined) return []
  const other = [...view.internetGatewaysOfVPC(metadata.namespace ?? '', spec.vpcRef.name)].find(each => each.metadata.name !== metadata.name)
  return other === undefined ? [] : [{
    field: 'spec.vpcRef', message: `the VPC ${spec.vpcRef.name} has the internet gateway ${other.metadata.name}, and has one only: use that one, or delete it first`,
  }]
}
