/** Name of the VirtualMachineClusterInstancetype that an InstanceType becomes. */
export const instancetypeName = (instanceType: string): string => `${prefix}${instanceType}`

/** The InstanceType that a VirtualMachineClusterInstancetype stands for; undefined for one that isn't ours. */
export const instanceTypeOf = (instancetype: string | undefined): string | undefined =>
  instancetype?.startsWith(prefix) === true ? instancetype.slice(prefix.length) : undefined

const prefix = 'kumulus.'
