import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { ReachabilityAnalysis } from '../../../crds/v1alpha1/reachability-analysis.ts'
import type { Cache } from '../../runtime/store.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { instanceInformer } from '../instance/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { siblingKey } from '../stored.ts'
import { notFound, titleOf } from '../waiting-for.ts'
import { type Answer, evaluate } from './evaluate.ts'
import type { Port } from './network.ts'
import { storedNetwork, withPublicPorts } from './stored-network.ts'
import { portOfInstance, portOfInterface } from './stored-port.ts'
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
  const begin = endOf(analysis, source, cache)
  if ('outcome' in begin) return { id, ends: begin.outcome, answer: undefined }
  const end = endOf(analysis, destination, cache)
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
  analysis: ReachabilityAnalysis, { instanceRef, networkInterfaceRef, address = '' }: ReachabilityAnalysis['spec']['source'], cache: Cache,
): End | { outcome: Outcome } => {
  const missing = (kind: string, name: string, isThere: boolean) => ({
    outcome: isThere ? waiting('DependencyNotReady', `waiting for ${titleOf(kind, name)} to have an address`) : notFound(kind, name, analysis.metadata.namespace),
  })
  if (networkInterfaceRef !== undefined) {
    const object = cache.of(networkInterfaceInformer).get(siblingKey(analysis, networkInterfaceRef.name))
    const port = object === undefined ? undefined : portOfInterface(object, cache)
    return port ?? missing('NetworkInterface', networkInterfaceRef.name, object !== undefined)
  }
  if (instanceRef === undefined) return { address }
  const instance = cache.of(instanceInformer).get(siblingKey(analysis, instanceRef.name))
  const port = instance === undefined ? undefined : portOfInstance(instance, cache)
  return port ?? missing('Instance', instanceRef.name, instance !== undefined)
}
