import type { Clock } from './clock.ts'
import type { ApiRequest, Transport } from './transport.ts'

/** Writes on their way at a time: at most as many as there are connections. */
const MOST = 32
const FEWEST = 2
/** Answers after which their number is thought over; the fastest of them tells whether all had to wait. */
const WINDOW = 16
/** A fastest answer that took more than so many times the least has waited in a line. */
const WAITED = 2
/** Share by which the least time that is known grows in a second, so that a server which has become slower for good is seen as it is. */
const FORGETTING = 0.01
/** Milliseconds for which a namespace counts after its last write. */
const PRESENT = 60_000

/**
 * Lets namespaces take turns with their writes. To the API server all of ours are one flow, answered in the order in which they come: a line that
 * forms there is one in which a tenant with a single instance stands behind another's thousands. So no more are sent than keep the server busy,
 * which is seen by whether even the fastest answers have waited, and the line forms here. While one namespace writes there is nobody to be fair to:
 * then, and for reads, nothing waits.
 */
export const takeTurns = (transport: Transport, clock: Clock): Transport => {
  const width = createWidth(clock)
  const crowd = createCrowd(clock)
  const lines = createLines()
  let sent = 0
  const room = (): boolean => sent < (crowd.isThere() ? width.now() : MOST)
  const ended = (since: number) => {
    width.took(clock.now() - since, { sent, waiting: lines.size > 0 })
    sent--
    while (lines.size > 0 && room()) {
      sent++
      lines.next()?.()
    }
  }
  const send = (request: ApiRequest) => {
    const since = clock.now()
    const answer = transport.request(request)
    const end = () => ended(since)
    answer.then(end, end)
    return answer
  }
  return {
    ...transport,
    request: (request) => {
      if (request.method === 'GET') return transport.request(request)
      const namespace = namespaceOf(request.path)
      crowd.saw(namespace)
      if (lines.size === 0 && room()) {
        sent++
        return send(request)
      }
      return new Promise<void>((resolve) => lines.add(namespace, resolve)).then(() => send(request))
    },
  }
}

type Go = () => void

/** Lines by namespace. One that has just come is next, every other time, so that those who come seldom hardly wait, and nobody waits for ever. */
const createLines = () => {
  const fresh = new Map<string, Go[]>()
  const known = new Map<string, Go[]>()
  let favoured = false
  return {
    get size() {
      return fresh.size + known.size
    },
    add: (namespace: string, go: Go): void => {
      const line = fresh.get(namespace) ?? known.get(namespace)
      if (line === undefined) fresh.set(namespace, [go])
      else line.push(go)
    },
    next: (): Go | undefined => {
      favoured = fresh.size > 0 && !(favoured && known.size > 0)
      const lines = favoured ? fresh : known
      const [first] = lines
      if (first === undefined) return undefined
      const [namespace, line] = first
      const go = line.shift()
      lines.delete(namespace)
      if (line.length > 0) known.set(namespace, line)
      return go
    },
  }
}

/** '' of what is in none. */
const namespaceOf = (path: string): string => /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? ''

/** Whether more than one namespace has written of late. */
const createCrowd = (clock: Clock) => {
  let last = ''
  let changed = -Infinity
  return {
    saw: (namespace: string): void => {
      // What is in no namespace is done for one.
      if (namespace === '' || namespace === last) return
      if (last !== '') changed = clock.now()
      last = namespace
    },
    isThere: (): boolean => clock.now() - changed < PRESENT,
  }
}

/** How many writes keep the server busy. */
const createWidth = (clock: Clock) => {
  let width = MOST
  let least = Infinity
  let fastest = Infinity
  let answers = 0
  let at = clock.now()
  return {
    now: (): number => width,
    /** @param ms - that an answer took. @param sent - writes on their way. @param waiting - whether more are to be sent than may be. */
    took: (ms: number, { sent, waiting }: { sent: number; waiting: boolean }): void => {
      // A clock of whole milliseconds knows no less.
      fastest = Math.min(fastest, Math.max(1, ms))
      answers++
      if (answers < WINDOW) return
      const now = clock.now()
      least = Math.min(fastest, least * (1 + (FORGETTING * (now - at)) / 1000))
      // Of those that are on their way, all but so many were waiting.
      if (fastest > least * WAITED) width = Math.max(FEWEST, Math.min(width, Math.floor((sent * least * WAITED) / fastest)))
      else if (waiting) width = Math.min(MOST, width + 1)
      fastest = Infinity
      answers = 0
      at = now
    },
  }
}
