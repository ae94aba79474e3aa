/** Random worlds that stand side by side in one cluster, each in accounts of its own; addresses of different ones are the same. */
import fc from 'fast-check'
import { idOf, type Manifest, ofKind, type SecurityGroupRule, type Specs } from '../network/manifests.ts'
import { borderPorts, probesOf, type Question, questionsOf } from '../network/matrix.ts'
import { addressIn, isWithin, prefixLengthOf } from '../network/model/addresses.ts'
import type { World as Model } from '../network/model/world.ts'
import { readWorld, type Reading } from '../network/read-world.ts'
import { withoutLeftOut } from '../network/worlds/left-out.ts'
import { worldPlan } from '../network/worlds/plan.ts'
import { internetHost, render, tenants } from '../network/worlds/render.ts'

export type Neighbour = { manifests: readonly Manifest[]; accounts: readonly string[]; model: Model; questions: readonly Question[] }

/** The pool that they share, of which an address is given once. */
const publicAddresses = { first: '198.51.100.64', count: 128 }
const perWorld = 400

/** As many worlds as `wanted` questions come from. */
export const neighbours = (wanted: number, seed: number, driver: NonNullable<Reading['driver']>): Neighbour[] => {
  const found: Neighbour[] = []
  const given = { addresses: 0 }
  for (const plan of fc.sample(worldPlan, { seed, numRuns: wanted })) {
    if (found.reduce((sum, { questions }) => sum + questions.length, 0) >= wanted) return found
    const accounts = tenants.map(tenant => `${tenant}-${found.length}`)
    const manifests = withOwnAddresses(inAccounts(admitted(withoutLeftOut(render(plan))), accounts), given)
    const model = readWorld(manifests, { driver })
    const questions = questionsOf(model, probesOf(model, internetHost, borderPorts(manifests)), perWorld, seed)
    if (questions.length > 0) found.push({ manifests, accounts, model, questions })
  }
  return found
}

/**
 * Without what admission refuses: rules of a group in another VPC of the account that no peering was asked for with, and routes to what is inside
 * the VPC, which never count.
 */
const admitted = (manifests: readonly Manifest[]): Manifest[] => manifests.map(each => {
  if (each.kind === 'RouteTable') return withoutInnerRoutes(each, manifests)
  if (each.kind !== 'SecurityGroup') return each
  const { vpcRef, ingressRules = [], egressRules } = each.spec as Specs['SecurityGroup']
  const keep = (rule: SecurityGroupRule) => {
    const vpc = vpcOfGroup(manifests, each.namespace, rule)
    return vpc === undefined || vpc === vpcRef.name || ofKind(manifests, 'VPCPeering').some(({ namespace, spec: { vpcRef: own, peer } }) =>
      namespace === each.namespace && own.name === vpcRef.name && peer.name === vpc && (peer.namespace ?? namespace) === namespace)
  }
  return { ...each, spec: { ...each.spec, ingressRules: ingressRules.filter(keep), ...egressRules && { egressRules: egressRules.filter(keep) } } }
})

const withoutInnerRoutes = (table: Manifest, manifests: readonly Manifest[]): Manifest => {
  const { vpcRef, routes = [] } = table.spec as Specs['RouteTable']
  const blocks = ofKind(manifests, 'VPC').find(({ namespace, name }) => namespace === table.namespace && name === vpcRef.name)?.spec.cidrBlocks ?? []
  const isInner = (cidr: string) => blocks.some(block => isWithin(cidr.split('/')[0] ?? '', block) && prefixLengthOf(cidr) >= prefixLengthOf(block))
  return { ...table, spec: { ...table.spec, routes: routes.filter(({ destinationCIDR }) => !isInner(destinationCIDR)) } }
}

/** Of the group of this account that a rule names. */
const vpcOfGroup = (manifests: readonly Manifest[], account: string, { securityGroupRef }: SecurityGroupRule): string | undefined =>
  (securityGroupRef?.namespace ?? account) !== account ? undefined
    : ofKind(manifests, 'SecurityGroup').find(({ namespace, name }) => namespace === account && name === securityGroupRef?.name)?.spec.vpcRef.name

const inAccounts = (manifests: readonly Manifest[], accounts: readonly string[]): Manifest[] => JSON.parse(
  tenants.reduce((text, tenant, index) => text.replaceAll(`"${tenant}"`, `"${accounts[index]}"`), JSON.stringify(manifests)),
) as Manifest[]

const withOwnAddresses = (manifests: readonly Manifest[], given: { addresses: number }): Manifest[] => manifests.map(each => {
  if (each.kind !== 'ElasticIP') return each
  if (given.addresses === publicAddresses.count) throw new Error(`no public address is left for ${idOf(each)}: ask for fewer questions`)
  return { ...each, spec: { ...each.spec, address: addressIn(`${publicAddresses.first}/32`, given.addresses++) } }
})
