import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { InternetGateway } from '../../../crds/v1alpha1/internet-gateway.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { isExternal } from '../../providers/kube-ovn/vpc.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { gatewayOf, publicNetwork } from './attachment.ts'
import { usersOf } from './users.ts'

export type InternetGatewayFacts = {
  id: string
  vpc: VPC | undefined
  /** Name of the gateway that its VPC has, this one or an older; undefined: none, or this one is leaving. */
  attached: string | undefined
  /** Name of the Kube-OVN Subnet of public addresses; undefined where the platform has none. */
  network: string | undefined
  /** Kube-OVN has connected the VPC's router to it. */
  isConnected: boolean
  /** What leads in and out by it, by title. */
  users: readonly string[]
}

export const observeInternetGateway = (gateway: InternetGateway, cache: Cache): InternetGatewayFacts => {
  const vpc = cache.of(vpcInformer).get(siblingKey(gateway, gateway.spec.vpcRef.name))
  const router = vpc === undefined ? undefined : madeFor(vpc, cache.of(kubeOVNVpcInformer).get(idOf(idPrefixes.vpc, vpc.metadata.uid)))
  return {
    id: idOf(idPrefixes.internetGateway, gateway.metadata.uid),
    vpc,
    attached: vpc === undefined ? undefined : gatewayOf(vpc, cache)?.metadata.name,
    network: publicNetwork(cache),
    isConnected: isExternal(router),
    users: vpc === undefined ? [] : usersOf(gateway, vpc, cache),
  }
}
