import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { securityGroupsKey, securityGroupsSuffix } from '../../providers/kube-ovn/pod-annotations.ts'
import { podResource, virtualMachineInstanceResource, virtualMachineResource } from '../../providers/kubevirt/resources.ts'
import { groupOfLabel, networkPolicyLabels } from '../../providers/network-policy/labels.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { resolvedIn } from '../security-group/references.ts'
import { attachmentOf } from '../subnet/network.ts'
import { titleOf } from '../waiting-for.ts'
import { interfaceAnnotations } from './interfaces.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import type { StoredInstance } from './store.ts'

/** The groups that the instance is to be in, once every one of them is there and of its VPC; undefined until then. */
export const resolvedGroups = ({ groups, subnet }: Pick<InstanceFacts, 'groups' | 'subnet'>): SecurityGroup[] | undefined =>
  resolvedIn(subnet?.spec.vpcRef.name, groups)

/** What puts a port under its rules, on the pod and on all that pods are made from. */
export type Membership = { labels: Record<string, string>; annotations: Record<string, string> }

/**
 * By label where policies select members, by annotation where ports are put into groups: never both. The group that closes the VPC comes first: as
 * long as a port is in any group that is there, what no group allows is denied.
 */
export const membershipOf = (facts: Pick<InstanceFacts, 'groups' | 'subnet' | 'vpc' | 'driver'>): Membership | undefined => {
  const groups = resolvedGroups(facts)
  if (groups === undefined || facts.vpc === undefined || facts.subnet === undefined) return undefined
  const vpcID = idOf(idPrefixes.vpc, facts.vpc.metadata.uid)
  const groupIDs = groups.map(({ metadata }) => idOf(idPrefixes.securityGroup, metadata.uid)).sort()
  if (facts.driver === 'networkPolicy') return { labels: networkPolicyLabels({ vpcID, groupIDs }), annotations: {} }
  const key = securityGroupsKey(attachmentOf(facts.subnet))
  return { labels: networkPolicyLabels({ vpcID, groupIDs: [] }), annotations: { [key]: [vpcID, ...groupIDs].join(',') } }
}

/** Groups first: a machine is made once Kube-OVN can put its port into every one of them. */
export const awaitPortGroups = ({ facts }: StepContext<StoredInstance, InstanceFacts>): Outcome =>
  facts.lateGroup === undefined || !isOff(facts) ? ready : waiting('DependencyNotReady', `waiting for Kube-OVN to make the port group of ${titleOf('SecurityGroup', facts.lateGroup)}`)

/**
 * Membership of an instance that runs. A template's labels and annotations reach no machine that runs, so they are written to all three: the pod,
 * which is what rules see; the machine's run, from which the pod of a migration takes them; and the template, for the next start. While a group is
 * missing the old membership stays: to take groups away is only ever right when the whole new set is known.
 */
export const ensureMembership = async ({ facts, patch, event }: StepContext<StoredInstance, InstanceFacts>): Promise<Outcome> => {
  const { machine, run, launchers } = facts
  const membership = membershipOf(facts)
  if (machine === undefined || isOff(facts)) return ready
  const further = interfaceAnnotations(facts)
  const wanted = { ...membership, annotations: { ...membership?.annotations, ...further.wanted }, isSurplus: further.isSurplus }
  const pods = launchers.filter(isAlive)
  for (const pod of pods) await change(pod.metadata, wanted, metadata => patch(podResource, pod, { metadata }))
  if (run !== undefined) await change(run.metadata, wanted, metadata => patch(virtualMachineInstanceResource, run, { metadata }))
  const template = { labels: machine.spec.templateLabels, annotations: machine.spec.templateAnnotations }
  const changed = await change(template, wanted, metadata => patch(virtualMachineResource, machine, { spec: { template: { metadata } } }))
  if (changed) event('Normal', 'SecurityGroupsChanged', `${facts.id} is now in ${facts.groups.map(({ name }) => name).join(', ')}`)
  return ready
}

type Has = { labels?: Labels; annotations?: Labels }
type Wanted = { labels?: Labels; annotations: Labels; isSurplus: (key: string) => boolean }

/** While a group of the instance's own is missing there is nothing to say of its labels. */
const change = async (has: Has, wanted: Wanted, write: (metadata: Record<string, LabelChange>) => Promise<unknown>): Promise<boolean> => {
  const labels = wanted.labels === undefined ? undefined : labelChange(has.labels, wanted.labels)
  const annotations = annotationChange(has.annotations, wanted)
  if (labels === undefined && annotations === undefined) return false
  await write({ ...labels === undefined ? {} : { labels }, ...annotations === undefined ? {} : { annotations } })
  return changesGroups(labels, annotations)
}

/** What else there is of a port is no change of groups. */
const changesGroups = (labels: LabelChange | undefined, annotations: LabelChange = {}): boolean =>
  labels !== undefined || Object.keys(annotations).some(key => key.endsWith(securityGroupsSuffix))

type Labels = Readonly<Record<string, string>>
type LabelChange = Record<string, string | null>

/** What to merge into `labels` so that of our network's labels it has just those that are wanted; undefined where it has. */
export const labelChange = (labels: Labels = {}, wanted: Labels): LabelChange | undefined => {
  const missing = Object.entries(wanted).filter(([key, value]) => labels[key] !== value)
  const surplus = Object.keys(labels).filter(key => groupOfLabel(key) !== undefined && !(key in wanted)).map(key => [key, null] as const)
  return missing.length + surplus.length === 0 ? undefined : Object.fromEntries([...missing, ...surplus])
}

const annotationChange = (annotations: Labels = {}, wanted: Wanted): LabelChange | undefined => {
  const missing = Object.entries(wanted.annotations).filter(([key, value]) => annotations[key] !== value)
  const surplus = Object.keys(annotations).filter(wanted.isSurplus).map(key => [key, null] as const)
  return missing.length + surplus.length === 0 ? undefined : Object.fromEntries([...missing, ...surplus])
}

const isAlive = ({ status, metadata }: InstanceFacts['launchers'][number]): boolean =>
  metadata.deletionTimestamp === undefined && status.phase !== 'Succeeded' && status.phase !== 'Failed'
