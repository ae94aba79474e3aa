import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { networkAttachmentResource, subnetResource } from '../../providers/kube-ovn/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse } from '../waiting-for.ts'
import type { SubnetFacts } from './observe.ts'

/** The name by which pods ask for the network goes first, so that none can come while the network goes. */
export const finalizeSubnet: Readonly<Record<string, Step<Subnet, SubnetFacts>>> = {
  users: ({ facts }) => {
    const users = facts.users()
    return users.length === 0 ? ready : inUse(users)
  },
  attachment: ({ facts, remove }) => ensureGone(remove, networkAttachmentResource, facts.attachment),
  network: ({ facts, remove }) => ensureGone(remove, subnetResource, facts.network),
}
