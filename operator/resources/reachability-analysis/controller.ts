import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { ReachabilityAnalysis, ReachabilityAnalysisStatus } from '../../../crds/v1alpha1/reachability-analysis.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes } from '../change.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { networkACLInformer } from '../network-acl/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { prefixListInformer } from '../prefix-list/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { observeReachability, type ReachabilityFacts } from './observe.ts'
import { reachabilityStatus } from './status.ts'
import { reachabilityAnalysisInformer } from './store.ts'
import { MOST_ANALYSES } from './turn.ts'

/** ReachabilityAnalysis → nothing: it reads the account's network, and answers anew when any of that changes. */
export const reachabilityAnalysisController = (
  _settings: OperatorSettings,
): Kind<ReachabilityAnalysis, ReachabilityFacts, ReachabilityAnalysisStatus> => ({
  name: 'reachability-analysis',
  informer: reachabilityAnalysisInformer,
  watches: [
    ...read.map(informer => watch(informer, analysesBeside, settled)),
    watch(instanceInformer, (instance, cache, previous) => portChanged(instance, previous) ? analysesBeside(instance, cache) : [], settled),
    watch(reachabilityAnalysisInformer, (analysis, cache, previous) => previous === analysis ? analysesThatWait(analysis, cache) : []),
  ],
  observe: observeReachability,
  steps: { ends: ({ facts }) => facts.ends },
  status: reachabilityStatus,
})

/** What is read of the network beside instances. Its statuses too: whether a gateway is attached, a peering active, a rule in force. */
const read = [
  vpcInformer, subnetInformer, securityGroupInformer, prefixListInformer, networkACLInformer, routeTableInformer, internetGatewayInformer,
  natGatewayInformer, networkInterfaceInformer, vpcPeeringInformer,
] as unknown as readonly InformerSpec<KubeObject>[]

/** A network is changed by several objects at once: they are looked at together. */
const settled = { after: 1000 }

/** Only what is in the same account is ever read. */
const analysesBeside = ({ metadata }: KubeObject, cache: Cache): readonly string[] =>
  cache.of(reachabilityAnalysisInformer).keysBy('concerned', metadata.namespace ?? '')

/** When one is gone another has its turn. Of thousands that wait not all are asked: there is one place. */
const analysesThatWait = ({ metadata }: KubeObject, cache: Cache): readonly string[] =>
  cache.of(reachabilityAnalysisInformer).keysBy('waits', metadata.namespace ?? '').slice(0, MOST_ANALYSES)

const portChanged = (instance: StoredInstance, previous: StoredInstance | undefined): boolean =>
  previous === undefined || comesOrGoes(instance, previous) || portOf(instance) !== portOf(previous)

const portOf = ({ spec, status }: StoredInstance): string =>
  JSON.stringify([spec.securityGroupRefs, spec.sourceDestCheck, status?.state, status?.privateIPAddress, status?.publicIPAddress])
