import type { Write } from '../history.ts'
import type { Oracle } from './oracle.ts'

/**
 * Nothing is changed or deleted but the very object, in the very state, that was decided on. An apply of what an operator owns wholly needs to know
 * which object it is, not its version; one with version "1" creates or fails.
 */
export const guarded: Oracle = ({ writes }) => writes.flatMap((write) => {
  const missing = missingOf(write)
  return missing === undefined ? [] : [`${write.method} ${write.path} was sent without ${missing}`]
})

type Body = { metadata?: { uid?: string; resourceVersion?: string }; preconditions?: { uid?: string; resourceVersion?: string } } | undefined

const missingOf = ({ method, path, contentType, body }: Write): string | undefined => {
  const { metadata, preconditions } = (body as Body) ?? {}
  // KubeVirt's acts on guests take none.
  if (path.startsWith('/apis/subresources.kubevirt.io/')) return undefined
  switch (method) {
    case 'POST': return undefined
    case 'DELETE': return lacking(preconditions)
    case 'PATCH': return contentType === 'application/apply-patch+yaml' ? lackingOfApply(path, metadata) : lacking(metadata)
    default: return metadata?.resourceVersion === undefined ? 'a resourceVersion' : undefined
  }
}

const lacking = (given: { uid?: string; resourceVersion?: string } | undefined): string | undefined => {
  if (given?.uid === undefined) return 'a UID'
  return given.resourceVersion === undefined ? 'a resourceVersion' : undefined
}

/** A real server ignores a UID in an apply to a custom resource's status. */
const lackingOfApply = (path: string, metadata: { uid?: string; resourceVersion?: string } | undefined): string | undefined => {
  if (path.endsWith('/status')) return metadata?.resourceVersion === undefined ? 'a resourceVersion' : undefined
  return metadata?.uid === undefined && metadata?.resourceVersion !== '1' ? 'a UID, or the version that no object has' : undefined
}
