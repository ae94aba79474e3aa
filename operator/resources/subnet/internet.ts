import type { KubeObject } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { byVpc, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { Cache } from '../../runtime/store.ts'
import { tableOf } from '../route-table/association.ts'
import { resolveRoutes } from '../route-table/routes.ts'
import { siblingKey } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { titleOf } from '../waiting-for.ts'

/** Name of the condition that says whether a public address can be reached. */
export const publiclyReachable = 'PubliclyReachable'

/** What the condition says. */
export type Reachability = { status: 'True' | 'False'; reason: string; message: string }

/**
 * Whether a subnet has a way to the internet and back for a public address: a route to an InternetGateway that is there, on the address's network.
 * @param network - Kube-OVN Subnet that the address is on.
 */
export const wayOf = (subnet: Subnet | undefined, network: string | undefined, cache: Cache): Reachability => {
  if (subnet === undefined) return unreachable('its subnet is not there')
  const title = titleOf('Subnet', subnet.metadata.name)
  const table = tableOf(subnet, cache)
  if (table === undefined) return unreachable(`${title} follows no RouteTable: name it in one that has a route to an InternetGateway`)
  const routes = resolveRoutes(table, cache).filter(({ route }) => route.internetGatewayRef !== undefined)
  const networks = routes.flatMap(({ nextHop }) => nextHop.kind === 'external' ? [nextHop.subnet] : [])
  const [other] = networks
  if (network === undefined ? other !== undefined : networks.includes(network)) {
    return { status: 'True', reason: 'RouteToInternetGateway', message: `RouteTable "${table.metadata.name}" leads to the internet` }
  }
  if (other !== undefined) return unreachable(`the address is on the network "${network}", and its VPC is on "${other}": use one of a PublicIPPool on that`)
  const [dark] = routes
  return unreachable(dark?.obstacle === undefined
    ? `RouteTable "${table.metadata.name}" of ${title} has no route to an InternetGateway: add one for 0.0.0.0/0`
    : `the route of ${title} to the internet leads nowhere: ${dark.obstacle.message}`)
}

const unreachable = (message: string): Reachability => ({ status: 'False', reason: 'NoRouteToInternetGateway', message })

/** UIDs of what public addresses lead to in the VPC that an object names: whom a change of its ways out concerns. */
export const reachedIn = (object: KubeObject & { spec: { vpcRef: { name: string } } }, cache: Cache): string[] => {
  const vpc = cache.of(vpcInformer).get(siblingKey(object, object.spec.vpcRef.name))
  if (vpc === undefined) return []
  return [...new Set(cache.of(ovnFipInformer).by(byVpc, idOf(idPrefixes.vpc, vpc.metadata.uid)).map(fip => fip.targetUID))]
}
