import type { NetworkACL } from '../../../crds/v1alpha1/network-acl.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { inUse, namesOf, notFound, titleOf } from '../waiting-for.ts'
import type { NetworkACLFacts } from './observe.ts'

type Context = StepContext<NetworkACL, NetworkACLFacts>

export const awaitVPC = ({ object, facts: { vpc } }: Context): Outcome =>
  vpc === undefined ? notFound('VPC', object.spec.vpcRef.name, object.metadata.namespace) : ready

/** Subnets that it can't have. The others it guards all the same. */
export const checkSubnets = ({ facts: { associations } }: Context): Outcome => {
  const wrong = associations.flatMap(({ message }) => message === undefined ? [] : [`spec.subnetRefs: ${message}`])
  return wrong.length === 0 ? ready : blocked('InvalidSpec', namesOf(wrong))
}

export const awaitSubnets = ({ object, facts: { associations } }: Context): Outcome => {
  const missing = associations.find(({ subnetID }) => subnetID === '')
  if (missing !== undefined) return notFound('Subnet', missing.name, object.metadata.namespace)
  const late = associations.find(({ state }) => state === 'associating')
  return late === undefined ? ready : waiting('DependencyNotReady', `waiting for ${titleOf('Subnet', late.name)} to become available`)
}

/** Whether the list guards every subnet that it names. */
export const enforcementOf = ({ associations }: NetworkACLFacts): { status: 'True' | 'False'; reason: string; message: string } => {
  const others = associations.filter(({ state }) => state !== 'associated').map(({ name }) => titleOf('Subnet', name))
  return others.length === 0 ? { status: 'True', reason: 'Enforced', message: 'every entry is in force' }
    : { status: 'False', reason: 'Progressing', message: `not in force in ${namesOf(others)}` }
}

/**
 * The default list goes with its VPC. Any other waits until it guards no subnet any more, and its entries stay in force meanwhile: were it to go at
 * once, the default list would open what this one closes.
 */
export const finalizeNetworkACL: Readonly<Record<string, Step<NetworkACL, NetworkACLFacts>>> = {
  vpc: ({ facts: { vpc, isDefault } }) => isDefault && vpc !== undefined && vpc.metadata.deletionTimestamp === undefined
    ? waiting('DependencyViolation', `is the default list of ${titleOf('VPC', vpc.metadata.name)} and goes with it: delete the VPC, or leave the list`)
    : ready,
  subnets: ({ facts: { associations } }) => {
    const users = associations.filter(({ state, subnetID }) => subnetID !== '' && state !== 'failed').map(({ name }) => titleOf('Subnet', name))
    return users.length === 0 ? ready : inUse(users)
  },
}
