import { keyOf } from '../../../crds/kubernetes.ts'
import type { InternetGateway, InternetGatewayStatus } from '../../../crds/v1alpha1/internet-gateway.ts'
import { ovnFipInformer, ovnSnatRuleInformer } from '../../providers/kube-ovn/external-informers.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { vpcByID, vpcInformer } from '../vpc/store.ts'
import { announce, awaitConnection, awaitNetwork, awaitVPC, checkSpec, finalizeInternetGateway } from './attach.ts'
import { type InternetGatewayFacts, observeInternetGateway } from './observe.ts'
import { internetGatewayStatus } from './status.ts'
import { internetGatewayInformer } from './store.ts'

/** InternetGateway → nothing of its own: the controller of its VPC connects the VPC's router to the network of public addresses. */
export const internetGatewayController = (_settings: OperatorSettings): Kind<InternetGateway, InternetGatewayFacts, InternetGatewayStatus> => ({
  name: 'internet-gateway',
  informer: internetGatewayInformer,
  finalizer: 'kumulus.dev/internet-gateway',
  watches: [
    watch(vpcInformer, (vpc, cache) => gatewaysAt(cache, keyOf(vpc.metadata))),
    watch(kubeOVNVpcInformer, (router, cache) => ownersOf(vpcInformer)(router, cache).flatMap(key => gatewaysAt(cache, key))),
    watch(internetGatewayInformer, (gateway, cache, previous) =>
      isRedefined(gateway, previous) ? gatewaysAt(cache, siblingKey(gateway, gateway.spec.vpcRef.name)) : []),
    watch(publicIPPoolInformer, (pool, cache, previous) => comesOrGoes(pool, previous) ? everyGateway(cache) : []),
    watch(ovnFipInformer, (fip, cache, previous) => comesOrGoes(fip, previous) ? gatewaysIn(cache, fip.spec.vpc) : []),
    watch(ovnSnatRuleInformer, (rule, cache, previous) => comesOrGoes(rule, previous) ? gatewaysIn(cache, rule.spec.vpc) : []),
  ],
  observe: observeInternetGateway,
  steps: {
    vpc: awaitVPC,
    spec: checkSpec,
    network: awaitNetwork,
    connection: awaitConnection,
    announce,
  },
  finalize: finalizeInternetGateway,
  status: internetGatewayStatus,
})

const everyGateway = (cache: Cache): string[] => [...cache.of(internetGatewayInformer).list()].map(({ metadata }) => keyOf(metadata))

const gatewaysAt = (cache: Cache, vpcKey: string): readonly string[] => cache.of(internetGatewayInformer).keysBy('vpc', vpcKey)

const gatewaysIn = (cache: Cache, vpcID: string): readonly string[] =>
  cache.of(vpcInformer).by(vpcByID, vpcID).flatMap(vpc => gatewaysAt(cache, keyOf(vpc.metadata)))
