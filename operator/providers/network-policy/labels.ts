/** On every launcher pod of ours: the VPC that its port is in. Never changes, since an instance never leaves its VPC. */
export const vpcLabel = 'kumulus.dev/vpc-id'

/** On the launcher pods of a group's members. A label a group, since a pod is in up to 16. Its value is empty; being there is what counts. */
export const securityGroupLabel = (groupID: string): string => `sg.kumulus.dev/${groupID}`

/** The group that a label makes a pod a member of, or undefined for any other label. */
export const groupOfLabel = (label: string): string | undefined =>
  label.startsWith(groupPrefix) ? label.slice(groupPrefix.length) : undefined

/**
 * Labels that put a launcher pod under its policies. They belong in the VirtualMachine's template and, because a template's labels do not reach
 * a pod that runs, on the VirtualMachineInstance and its launcher pod too.
 */
export const networkPolicyLabels = ({ vpcID, groupIDs }: { vpcID: string; groupIDs: readonly string[] }): Record<string, string> => ({
  [vpcLabel]: vpcID,
  ...Object.fromEntries(groupIDs.map(groupID => [securityGroupLabel(groupID), ''])),
})

const groupPrefix = 'sg.kumulus.dev/'
