import type { Transport } from '../../operator/runtime/transport.ts'

/** A silence that nobody lives to see, in milliseconds. */
export const steadySilence = 10 * 365 * 24 * 3_600_000

/**
 * Watches that end only when somebody ends them and say nothing where nothing happens. Bookmarks and watches opened again are nearly all that
 * happens in an hour of quiet; what they are good for is shown where they are left on.
 */
export const steadyWatches = (transport: Transport): Transport => ({
  ...transport,
  stream: ({ query, ...request }) => {
    const kept = Object.entries(query ?? {}).filter(([name]) => name !== 'allowWatchBookmarks')
    return transport.stream({ ...request, query: { ...Object.fromEntries(kept), timeoutSeconds: String(steadySilence / 1000) } })
  },
})
