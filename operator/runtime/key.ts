/** The namespace and name that `keyOf` joined. */
export const splitKey = (key: string): { name: string; namespace?: string } => {
  const slash = key.indexOf('/')
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
