import type { KubeObject } from '../../crds/kubernetes.ts'

/** One line of a watch. An `ERROR` carries a `v1 Status`; a `BOOKMARK` an object with nothing but its resourceVersion. */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  | { type: 'ERROR'; object: unknown }

/**
 * Splits a watch's text into events, one JSON document a line, whatever the pieces it came in. Throws on text that is not JSON and on
 * a stream that ends in the middle of a document: what it began to say is lost, so the watch must resume from the event before.
 */
export const decodeWatch = async function* (chunks: AsyncIterable<string>): AsyncGenerator<WatchEvent> {
  let rest = ''
  for await (const chunk of chunks) {
    // Only the new piece can hold a line end, so that one long line is not searched again with every piece.
    if (!chunk.includes('\n')) {
      rest += chunk
      continue
    }
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as WatchEvent
    }
  }
  if (rest.trim() !== '') throw new Error('the watch ended in the middle of an event')
}
