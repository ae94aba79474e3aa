/** Waits until it is a flow's turn. */
export type Turns = (flow: string) => Promise<void>

/**
 * Lets flows of requests take turns, each time one of every flow, as a real server's priority and fairness does: whoever sends two hundred at once
 * waits for their own, and others don't. Between two rounds what has arrived meanwhile is read.
 */
export const createTurns = (): Turns => {
  const lines = new Map<string, (() => void)[]>()
  let running = false
  const round = () => {
    for (const [flow, line] of lines) {
      line.shift()?.()
      if (line.length === 0) lines.delete(flow)
    }
    if (lines.size > 0) setImmediate(round)
    else running = false
  }
  return (flow) => new Promise((resolve) => {
    const line = lines.get(flow)
    if (line === undefined) lines.set(flow, [resolve])
    else line.push(resolve)
    if (running) return
    running = true
    setImmediate(round)
  })
}
