import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { world } from '../instance/sample.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { wayOf } from './internet.ts'

const object = (kind: string, name: string, spec: object, status?: object) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '1', generation: 1 }, spec, status,
})
const table = (routes: object[]) => object('RouteTable', 'public', { vpcRef: { name: 'main' }, routes, subnetRefs: [{ name: 'public-a' }] })
const toGateway = [{ destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }]
const gateway = (state: string) => object('InternetGateway', 'igw', { vpcRef: { name: 'main' } }, { observedGeneration: 1, state })
const pool = { ...object('PublicIPPool', 'default', { cidrs: ['203.0.113.16/28'], externalSubnet: 'external' }), metadata: { name: 'default', uid: 'uid-pool', resourceVersion: '1' } }

const way = (tables: object[], gateways: object[], network?: string) => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  return wayOf(world.subnet as unknown as Subnet, network, cacheOf(
    hold(vpcInformer, world.vpc), hold(routeTableInformer, ...tables), hold(internetGatewayInformer, ...gateways), hold(publicIPPoolInformer, pool),
  ))
}

for (const [title, tables, gateways, network, status, message] of [
  ['whose table has a route to a gateway that is there', [table(toGateway)], [gateway('available')], 'external', 'True', /leads to the internet/],
  ['of a VPC on another public network', [table(toGateway)], [gateway('available')], 'elsewhere', 'False', /on the network "elsewhere", and its VPC is on "external"/],
  ['whose gateway is not attached yet', [table(toGateway)], [gateway('attaching')], 'external', 'False', /leads nowhere: .*not attached/],
  ['whose gateway is not there', [table(toGateway)], [], 'external', 'False', /leads nowhere: InternetGateway "igw" does not exist/],
  ['whose table has no such route', [table([])], [gateway('available')], 'external', 'False', /add one for 0\.0\.0\.0\/0/],
  ['that follows no table', [], [gateway('available')], 'external', 'False', /follows no RouteTable/],
] as const) {
  test(`a public address in a subnet ${title} is ${status === 'True' ? 'reachable' : 'not, and it is said why'}`, t => {
    const found = way([...tables], [...gateways], network)
    t.is(found.status, status)
    t.regex(found.message, message)
  })
}
