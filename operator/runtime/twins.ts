/**
 * Whoever writes and watches reads each object twice, once as the answer and once as the watch's event, in the same words and in either order. The
 * second is not parsed again. What is given may be the same object both times: nobody may change it.
 */
export type Twins = {
  /** The value of a text that came before, which is forgotten with that: no text comes a third time. */
  take: (text: string) => unknown
  /** Remembers what a text, which may still come again, has been parsed to. */
  put: (text: string, value: unknown) => void
}

/** Texts remembered, and how long one may be: the second comes a moment after the first, or never. */
const MOST = 128
const LONGEST = 16_384

export const createTwins = (): Twins => {
  const values = new Map<string, unknown>()
  return {
    take: (text) => {
      if (text.length > LONGEST) return undefined
      const value = values.get(text)
      if (value !== undefined) values.delete(text)
      return value
    },
    put: (text, value) => {
      if (text.length > LONGEST) return
      if (values.size >= MOST) values.delete(values.keys().next().value as string)
      values.set(text, value)
    },
  }
}
