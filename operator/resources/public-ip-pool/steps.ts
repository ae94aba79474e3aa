import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { type OvnEip, ovnEipResource } from '../../providers/kube-ovn/external-resources.ts'
import { subnetResource } from '../../providers/kube-ovn/resources.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, readyFor, waiting } from '../../runtime/outcome.ts'
import { namesOf } from '../waiting-for.ts'
import { type ExternalSubnet, externalSubnetProblem } from './external-subnet.ts'
import type { PublicIPPoolFacts } from './observe.ts'

type Context = StepContext<PublicIPPool, PublicIPPoolFacts>

/**
 * Milliseconds for which an address that was given back is nobody's: peers, names and rules by address still mean whoever had it. It rests in an
 * object of its own, so that a crash makes the rest no shorter.
 */
export const QUARANTINE = 5 * 60_000

/** The external subnet is the platform's own: no event tells of it. */
const EXTERNAL_SUBNET_POLL = 30_000

/** Those that have rested long enough are free: nothing is left of them. */
export const endQuarantine = async ({ facts: { resting }, remove, now }: Context): Promise<Outcome> => {
  const left: number[] = []
  for (const eip of resting) {
    const rest = restOf(eip, now)
    if (rest > 0) left.push(rest)
    else await remove(ovnEipResource, eip)
  }
  return readyFor(left.length === 0 ? undefined : Math.min(...left))
}

const restOf = ({ releasedAt = '' }: OvnEip, now: number): number => {
  const since = Date.parse(releasedAt)
  return Number.isNaN(since) ? 0 : since + QUARANTINE - now
}

/** An address of two pools would be given twice as far as either can see. The younger gives none. */
export const checkSpec = ({ facts: { overlapped, taken, outside } }: Context): Outcome => {
  if (overlapped !== undefined) {
    return blocked('InvalidSpec', `spec.cidrs: an address of it is of PublicIPPool "${overlapped}", which is older: take it out of one of the two`)
  }
  const beyond = taken === 0 ? [] : outside()
  return beyond.length === 0 ? ready
    : blocked('InvalidSpec', `spec.cidrs: ${namesOf(beyond)} ${beyond.length === 1 ? 'is' : 'are'} somebody's and of no block any more: put the block back until they are released`)
}

export const checkExternalSubnet = async ({ object: { spec }, facts: { blocks }, read }: Context): Promise<Outcome> => {
  const found = await read(subnetResource, { name: spec.externalSubnet })
  if (found === undefined) {
    return waiting('ExternalSubnetNotFound', `Kube-OVN has no Subnet "${spec.externalSubnet}": make it, or create a pool that names another`, EXTERNAL_SUBNET_POLL)
  }
  const problem = externalSubnetProblem(blocks, spec.externalSubnet, (found as { spec?: ExternalSubnet }).spec ?? {})
  return problem === undefined ? ready : waiting('ExternalSubnetUnfit', problem, EXTERNAL_SUBNET_POLL)
}

/** Counts and names nobody: everybody may read a pool. */
export const finalizePublicIPPool: Readonly<Record<string, Step<PublicIPPool, PublicIPPoolFacts>>> = {
  quarantine: endQuarantine,
  users: ({ facts: { taken, resting }, now }) => {
    const used = taken - resting.length
    if (used > 0) return waiting('DependencyViolation', `can't be deleted while ${used === 1 ? 'an address of it is' : `${used} addresses of it are`} in use: release ${used === 1 ? 'it' : 'them'} first`)
    if (resting.length === 0) return ready
    const rest = Math.max(1000, ...resting.map(eip => restOf(eip, now)))
    return waiting('Progressing', `waiting for ${resting.length === 1 ? 'an address' : `${resting.length} addresses`} to have rested`, rest)
  },
}
