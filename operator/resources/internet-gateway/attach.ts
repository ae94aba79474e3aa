import type { InternetGateway } from '../../../crds/v1alpha1/internet-gateway.ts'
import { defaultPoolName } from '../../../crds/v1alpha1/public-ip-pool.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { inUse, notFound, notReady, titleOf } from '../waiting-for.ts'
import type { InternetGatewayFacts } from './observe.ts'

type Context = StepContext<InternetGateway, InternetGatewayFacts>

export const awaitVPC = ({ object, facts: { vpc } }: Context): Outcome => {
  if (vpc === undefined) return notFound('VPC', object.spec.vpcRef.name, object.metadata.namespace)
  return vpc.status?.state === 'available' ? ready : notReady(vpc, 'VPC')
}

/** A VPC has one gateway. The younger of two may have its turn when the older goes. */
export const checkSpec = ({ object, facts: { attached } }: Context): Outcome => attached === undefined || attached === object.metadata.name ? ready
  : blocked('InvalidSpec', `spec.vpcRef: ${titleOf('VPC', object.spec.vpcRef.name)} has the gateway "${attached}" already, and can have one: delete either`)

export const awaitNetwork = ({ facts: { network } }: Context): Outcome =>
  network === undefined ? notFound('PublicIPPool', defaultPoolName, undefined) : ready

/** The VPC's controller connects the router; here it is only said that it is. */
export const awaitConnection = ({ facts: { isConnected, network } }: Context): Outcome => isConnected ? ready
  : waiting('Progressing', `waiting for Kube-OVN to connect the VPC to its Subnet "${network}"; where it does not come, see whether there is one`)

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  if (object.status?.state !== 'available') event('Normal', 'Attached', `${facts.id} is attached to VPC "${object.spec.vpcRef.name}"`)
  return ready
}

/** The VPC is cut off first; whatever else still leads out of it would lead nowhere. */
export const finalizeInternetGateway: Readonly<Record<string, Step<InternetGateway, InternetGatewayFacts>>> = {
  users: ({ facts: { users } }) => users.length === 0 ? ready : inUse(users),
  connection: ({ facts: { isConnected, attached } }) => isConnected && attached === undefined
    ? waiting('Progressing', 'waiting for Kube-OVN to disconnect the VPC from the internet') : ready,
}
