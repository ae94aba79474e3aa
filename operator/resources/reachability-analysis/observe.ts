import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { ReachabilityAnalysis } from '../../../crds/v1alpha1/reachability-analysis.ts'
import type { Cache } from '../../runtime/store.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { instanceInformer } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { notFound, titleOf } from '../waiting-for.ts'
import { type Answer, evaluate } from './evaluate.ts'
import type { Port } from './network.ts'
import { storedNetwork, withPublicPorts } from './stored-network.ts'
import { portAtKey } from './stored-port.ts'
import { turnOf } from './turn.ts'

export type ReachabilityFacts = {
  id: string
  /** Whether it has its turn, and both ends are there to be asked for. */
  ends: Outcome
  answer: Answer | undefined
}

export const observeReachability = (analysis: ReachabilityAnalysis, cache: Cache): ReachabilityFacts => {
  const { source, destination, protocol, port, sourcePort, icmp } = analysis.spec
  const id = idOf(idPrefixes.reachabilityAnalysis, analysis.metadata.uid)
  const turn = turnOf(analysis, cache)
  if (turn.kind !== 'ready') return { id, ends: turn, answer: undefined }
  const begin = endOf(analysis, 'source', source, cache)
  if ('outcome' in begin) return { id, ends: begin.outcome, answer: undefined }
  const end = endOf(analysis, 'destination', destination, cache)
  if ('outcome' in end) return { id, ends: end.outcome, answer: undefined }
  const known = [begin, end].flatMap(each => 'kind' in each ? [each.vpc] : [])
  const network = storedNetwork(cache)
  const vpcs = [...new Set([...known, ...known.flatMap(network.peersOf)])]
  return {
    id,
    ends: ready,
    answer: evaluate({ network: withPublicPorts(network, vpcs, cache), source: begin, destination: end, protocol, port, sourcePort, icmp }),
  }
}

type End = Port | { address: string }

const endOf = (
  analysis: ReachabilityAnalysis, field: string, { instanceRef, networkInterfaceRef, address = '' }: ReachabilityAnalysis['spec']['source'], cache: Cache,
): End | { outcome: Outcome } => {
  if (networkInterfaceRef !== undefined) {
    return { outcome: blocked('NotSupportedYet', `spec.${field}.networkInterfaceRef: network interfaces are not analysed yet: name the Instance, or its address`) }
  }
  if (instanceRef === undefined) return { address }
  const key = siblingKey(analysis, instanceRef.name)
  if (cache.of(instanceInformer).get(key) === undefined) return { outcome: notFound('Instance', instanceRef.name, analysis.metadata.namespace) }
  return portAtKey(key, cache) ?? { outcome: waiting('DependencyNotReady', `waiting for ${titleOf('Instance', instanceRef.name)} to have an address`) }
}
