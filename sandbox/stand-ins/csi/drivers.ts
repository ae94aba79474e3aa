/** The provisioner and CSI driver of the sandbox's usual storage: snapshots, clones, growth, VolumeAttributesClasses. */
export const driver = 'sandbox.kumulus.dev'

/** One that makes volumes and deletes them, and can do nothing else, as many a driver in the field. */
export const basicDriver = 'basic.sandbox.kumulus.dev'

/** Whether a provisioner or driver is played here. */
export const isPlayed = (name: string | undefined): boolean => name === driver || name === basicDriver
