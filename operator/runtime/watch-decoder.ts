import type { KubeObject } from '../../crds/kubernetes.ts'
import type { Twins } from './twins.ts'

/** One line of a watch. An `ERROR` carries a `v1 Status`; a `BOOKMARK` an object with nothing but its resourceVersion. */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  | { type: 'ERROR'; object: unknown }

/**
 * Splits a watch's text into events, one JSON document a line, whatever the pieces it came in. Throws on text that is not JSON and on
 * a stream that ends in the middle of a document: what it began to say is lost, so the watch must resume from the event before.
 * @param twins - of the same server's answers: an event that says what an answer said is not parsed again.
 */
export const decodeWatch = async function* (chunks: AsyncIterable<string>, twins?: Twins): AsyncGenerator<WatchEvent> {
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
      if (line.trim() !== '') yield twins === undefined ? JSON.parse(line) as WatchEvent : eventOf(line, twins)
    }
  }
  if (rest.trim() !== '') throw new Error('the watch ended in the middle of an event')
}

/** How API servers begin an event; one that is written in another way is parsed whole. */
const head = /^\{"type":"([A-Z]+)","object":/

const eventOf = (line: string, twins: Twins): WatchEvent => {
  const [begin, type] = head.exec(line) ?? []
  if (begin === undefined) return JSON.parse(line) as WatchEvent
  const text = line.slice(begin.length, -1)
  const known = twins.take(text)
  if (known !== undefined) return { type, object: known } as WatchEvent
  const event = JSON.parse(line) as WatchEvent
  twins.put(text, event.object)
  return event
}
