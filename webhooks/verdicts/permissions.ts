/** `launchPermissions` of an Image, `createVolumePermissions` of a Snapshot. */
type Permissions = { public: boolean; namespaces?: readonly string[] }

/** Whether an owner's permissions name a namespace, or every one. */
export const permit = (permissions: Permissions | undefined, namespace: string): boolean =>
  permissions?.public === true || permissions?.namespaces?.includes(namespace) === true
