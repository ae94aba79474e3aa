import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { Core, ResourceRequest } from '../core.ts'
import { inVersion } from '../core.ts'
import { invalid } from '../errors.ts'
import { booleanOption, integerOption, parseRevision } from '../options.ts'
import { bucketOf } from '../registry.ts'
import type { AnyObject, Cause } from '../resource.ts'
import { watchLines } from '../watch.ts'
import { prefixOf, selectorOf } from './list.ts'

/** Seconds that a watch lasts when the client says nothing. */
const defaultTimeout = 1800

/**
 * Starts a watch. Without a revision, and with "0", it begins with what there is, as ADDED events; with
 * `sendInitialEvents` a bookmark tells where that ends; with a revision it goes on from there.
 *
 * @param present - makes of an object what the client asked for.
 */
export const watchObjects = (core: Core, request: ResourceRequest, present: (object: AnyObject) => object): AsyncIterable<string> => {
  const { query, resource } = request
  checkWatchOptions(query)
  const asked = query.get('resourceVersion') ? parseRevision(query.get('resourceVersion') ?? '') : 0
  const initialEvents = booleanOption(query, 'sendInitialEvents')
  const fromState = initialEvents === true || (initialEvents === undefined && asked === 0)
  const now = core.storage.revision
  const select = selectorOf(request)
  const bookmarks = booleanOption(query, 'allowWatchBookmarks') === true
  const initial = fromState ? [...core.storage.list(bucketOf(resource), prefixOf(request)).entries].map(([, object]) => object).filter(select) : []
  return watchLines(core.storage, core.clock, {
    bucket: bucketOf(resource),
    prefix: prefixOf(request),
    select,
    initial,
    // A revision of the future is waited for: nothing up to it is sent.
    from: fromState ? now : asked === 0 ? now : asked,
    bookmarks,
    initialEnd: initialEvents === true && bookmarks,
    timeout: (integerOption(query, 'timeoutSeconds') || defaultTimeout) * 1000,
    signal: request.signal,
    present: (object) => present(inVersion(resource, object)),
    bookmark: (revision, annotations) => present(bookmarkOf(request, revision, annotations)),
  })
}

const bookmarkOf = ({ resource }: ResourceRequest, revision: number, annotations?: Record<string, string>): AnyObject => ({
  kind: resource.kind,
  apiVersion: apiVersionOf(resource),
  metadata: { resourceVersion: String(revision), creationTimestamp: null, ...(annotations === undefined ? {} : { annotations }) },
})

const checkWatchOptions = (query: URLSearchParams): void => {
  const match = query.get('resourceVersionMatch') ?? ''
  const initial = query.get('sendInitialEvents')
  const causes: Cause[] = []
  const forbid = (field: string, message: string) => causes.push({ field, reason: 'FieldValueForbidden', message: `Forbidden: ${message}` })
  if (initial !== null && match !== 'NotOlderThan') {
    forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  }
  if (initial === null && match !== '') {
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', plural: '', kind: 'ListOptions' }, '', causes)
}
