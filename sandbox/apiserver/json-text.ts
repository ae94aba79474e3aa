/** How many texts are kept: enough for the watches and the answer that follow a write, too few to weigh anything. */
const kept = 512

const texts = new WeakMap<object, string>()
const objects = new Map<string, object>()

/**
 * The JSON of a stored object. Such an object is never changed in place, so that its text, which the journal, the answer and every watch need within
 * the same moment, is made once.
 */
export const jsonText = (object: object): string => {
  const known = texts.get(object)
  if (known !== undefined) return known
  const text = JSON.stringify(object)
  if (objects.size >= kept) forgetOldest()
  texts.set(object, text)
  objects.set(text, object)
  return text
}

/** What a text was made of not long ago. */
export const madeOf = (text: string): object | undefined => objects.get(text)

const forgetOldest = () => {
  const [[text, object]] = objects as unknown as [[string, object]]
  objects.delete(text)
  texts.delete(object)
}
