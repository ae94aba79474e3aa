/**
 * Remembers what a pure function gave for the texts that it was asked about lately, at most `2 * most` of them. For what is asked again and again
 * of the same few thousand texts and costs more than a look into a table.
 */
export const memoized = <T>(compute: (text: string) => T, most = 2048): ((text: string) => T) => {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  return (text) => {
    const known = young.get(text)
    if (known !== undefined) return known
    const value = old.get(text) ?? compute(text)
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(text, value)
    return value
  }
}
