import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { networkAttachmentResource, subnetResource } from '../../providers/kube-ovn/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse } from '../waiting-for.ts'
import { ensureNetwork } from './network.ts'
import type { SubnetFacts } from './observe.ts'

/** The name by which pods ask for the network goes first, so that none can come while the network goes. */
export const finalizeSubnet: Readonly<Record<string, Step<Subnet, SubnetFacts>>> = {
  users: async (context) => {
    const { network, vpc, cidr } = context.facts
    const users = context.facts.users()
    if (users.length === 0) return ready
    // A deletion can wait for long: until then its table, and what guards it, are the user's to change.
    if (network !== undefined && vpc !== undefined && cidr !== undefined) await ensureNetwork(context)
    return inUse(users)
  },
  attachment: ({ facts, remove }) => ensureGone(remove, networkAttachmentResource, facts.attachment),
  network: ({ facts, remove }) => ensureGone(remove, subnetResource, facts.network),
}
