import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { podResource, virtualMachineInstanceResource, virtualMachineResource } from '../../providers/kubevirt/resources.ts'
import { groupOfLabel, networkPolicyLabels } from '../../providers/network-policy/labels.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import type { StoredInstance } from './store.ts'

/** The groups that the instance is to be in, once every one of them is there and of its VPC; undefined until then. */
export const resolvedGroups = ({ groups, subnet }: Pick<InstanceFacts, 'groups' | 'subnet'>): SecurityGroup[] | undefined => {
  const found = groups.flatMap(({ group }) => group?.spec.vpcRef.name === subnet?.spec.vpcRef.name && group !== undefined ? [group] : [])
  return found.length > 0 && found.length === groups.length ? found : undefined
}

export const groupLabels = (facts: Pick<InstanceFacts, 'groups' | 'subnet' | 'vpc'>): Record<string, string> | undefined => {
  const groups = resolvedGroups(facts)
  if (groups === undefined || facts.vpc === undefined) return undefined
  return networkPolicyLabels({
    vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid),
    groupIDs: groups.map(({ metadata }) => idOf(idPrefixes.securityGroup, metadata.uid)).sort(),
  })
}

/**
 * Membership of an instance that runs. A template's labels reach no machine that runs, so they are written to all three: the pod, which is what a
 * policy sees; the machine's run, from which the pod of a migration takes its labels; and the template, for the next start. While a group is missing
 * the old membership stays: to take groups away is only ever right when the whole new set is known.
 */
export const ensureMembership = async ({ facts, patch, event }: StepContext<StoredInstance, InstanceFacts>): Promise<Outcome> => {
  const { machine, run, launchers } = facts
  const wanted = groupLabels(facts)
  if (machine === undefined || wanted === undefined || isOff(facts)) return ready
  const pods = launchers.filter(isAlive)
  for (const pod of pods) await change(pod.metadata.labels, wanted, labels => patch(podResource, pod, { metadata: { labels } }))
  if (run !== undefined) await change(run.metadata.labels, wanted, labels => patch(virtualMachineInstanceResource, run, { metadata: { labels } }))
  const changed = await change(machine.spec.templateLabels, wanted,
    labels => patch(virtualMachineResource, machine, { spec: { template: { metadata: { labels } } } }))
  if (changed) event('Normal', 'SecurityGroupsChanged', `${facts.id} is now in ${facts.groups.map(({ name }) => name).join(', ')}`)
  return ready
}

const change = async (
  labels: Labels | undefined, wanted: Labels, write: (change: LabelChange) => Promise<unknown>,
): Promise<boolean> => {
  const difference = labelChange(labels, wanted)
  if (difference !== undefined) await write(difference)
  return difference !== undefined
}

type Labels = Readonly<Record<string, string>>
type LabelChange = Record<string, string | null>

/** What to merge into `labels` so that of our network's labels it has just those that are wanted; undefined where it has. */
export const labelChange = (labels: Labels = {}, wanted: Labels): LabelChange | undefined => {
  const missing = Object.entries(wanted).filter(([key, value]) => labels[key] !== value)
  const surplus = Object.keys(labels).filter(key => groupOfLabel(key) !== undefined && !(key in wanted)).map(key => [key, null] as const)
  return missing.length + surplus.length === 0 ? undefined : Object.fromEntries([...missing, ...surplus])
}

const isAlive = ({ status, metadata }: InstanceFacts['launchers'][number]): boolean =>
  metadata.deletionTimestamp === undefined && status.phase !== 'Succeeded' && status.phase !== 'Failed'
