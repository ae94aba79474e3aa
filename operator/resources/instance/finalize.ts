import { volume } from '../../../crds/v1alpha1/volume.ts'
import { virtualMachineResource } from '../../providers/kubevirt/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import type { AddressLedger } from '../subnet/ledger.ts'
import { ensureMembership } from './groups.ts'
import { markAttached } from './attachments.ts'
import type { InstanceFacts } from './observe.ts'
import { releaseAtTermination } from './public-address.ts'
import type { StoredInstance } from './store.ts'
import type { Begun } from './user-data.ts'

/**
 * The machine first, with the time that its guest needs to shut down; then the disks that go with it, which nothing mounts any more. The Secrets
 * carry our ownerReference and go by garbage collection.
 */
export const finalizeInstance = (ledger: AddressLedger, begun: Begun): Readonly<Record<string, Step<StoredInstance, InstanceFacts>>> => ({
  // Admission refuses such a deletion. Where it was not asked, what can't be undone can still be put off: until then its firewall is in force.
  protection: async context => {
    if (!context.object.spec.disableAPITermination) return ready
    await ensureMembership(context)
    return blocked('TerminationProtected', 'disableAPITermination is true: set it to false to terminate the instance')
  },
  attached: markAttached,
  machine: async ({ facts: { machine, run, id }, remove, event }) => {
    if (machine !== undefined && machine.metadata.deletionTimestamp === undefined) event('Normal', 'Terminating', `terminating ${id}`)
    const gone = await ensureGone(remove, virtualMachineResource, machine)
    return gone.kind === 'ready' && run === undefined ? ready : shuttingDown(id)
  },
  publicAddress: releaseAtTermination,
  volumes: async ({ facts: { disks, id }, remove }) => {
    const going = disks.flatMap(disk => disk.deleteOnTermination && disk.volume !== undefined ? [disk.volume] : [])
    for (const each of going) await remove(volume, each)
    return going.length === 0 ? ready : shuttingDown(id)
  },
  terminated: ({ object, facts: { subnet, address, id } }) => {
    begun.delete(object.metadata.uid)
    if (subnet !== undefined) ledger.release(subnet.metadata.uid, object.metadata.uid, address?.kind === 'chosen' ? address.address : undefined)
    // Whoever watches sees the last state too.
    return object.status?.state === 'terminated' ? ready : shuttingDown(id, 10)
  },
})

/** @param after - milliseconds; an event brings the key back too, this is for the deletion that was over before its answer came. */
const shuttingDown = (id: string, after = 500): Outcome => waiting('ShuttingDown', `${id} is being terminated`, after)
