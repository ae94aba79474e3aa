export type ConsoleOptions = { follow: boolean; tailLines?: number; signal?: AbortSignal }

/** The serial consoles of simulated guests. */
export class SimulatedConsoles {
  readonly #texts = new Map<string, string>()
  readonly #readers = new Set<() => void>()

  print(uid: string, text: string): void {
    this.#texts.set(uid, (this.#texts.get(uid) ?? '') + text)
    for (const wake of [...this.#readers]) wake()
  }

  /** What was printed so far, and with `follow` what comes, until the signal aborts. */
  async *read(uid: string, { follow, tailLines, signal }: ConsoleOptions): AsyncIterable<string> {
    const text = this.#texts.get(uid) ?? ''
    let at = text.length
    const first = tailLines === undefined ? text : lastLines(text, tailLines)
    if (first !== '') yield first
    while (follow && signal?.aborted !== true) {
      const now = this.#texts.get(uid) ?? ''
      if (now.length > at) yield now.slice(at)
      else await this.#news(signal)
      at = now.length
    }
  }

  #news(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#readers.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#readers.add(wake)
      signal?.addEventListener('abort', wake)
    })
  }
}

const lastLines = (text: string, count: number): string => {
  const ended = text.endsWith('\n')
  const lines = (ended ? text.slice(0, -1) : text).split('\n')
  return count === 0 || text === '' ? '' : lines.slice(-count).join('\n') + (ended ? '\n' : '')
}
