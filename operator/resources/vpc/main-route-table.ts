import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { routeTable } from '../../../crds/v1alpha1/route-table.ts'
import { mainRouteTableName, type VPC } from '../../../crds/v1alpha1/vpc.ts'

/** The table of subnets that no table names: nothing but the VPC's own blocks, until its owner adds routes. */
export const buildMainRouteTable = (vpc: VPC) => ({
  apiVersion: apiVersionOf(routeTable),
  kind: routeTable.kind,
  metadata: {
    name: mainRouteTableName(vpc.metadata.name),
    ...(vpc.metadata.namespace === undefined ? {} : { namespace: vpc.metadata.namespace }),
  },
  spec: { vpcRef: { name: vpc.metadata.name } },
})
