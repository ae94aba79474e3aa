/** How many texts are kept: enough for the watches and the answer that follow a write, too few to weigh anything. */
const kept = 512

const texts = new WeakMap<object, string>()
const ring: (WeakRef<object> | undefined)[] = new Array<undefined>(kept)
let next = 0

/**
 * The JSON of a stored object. Such an object is never changed in place, so that its text, which the journal, the answer and every watch need within
 * the same moment, is made once.
 */
export const jsonText = (object: object): string => {
  const known = texts.get(object)
  if (known !== undefined) return known
  const text = JSON.stringify(object)
  const oldest = ring[next]?.deref()
  if (oldest !== undefined) texts.delete(oldest)
  ring[next] = new WeakRef(object)
  next = (next + 1) % kept
  texts.set(object, text)
  return text
}
