/** Whether labels match a label selector in its text form: `a=b`, `a!=b`, `a`, `!a`, `a in (x,y)`, `a notin (x,y)`, joined by commas. */
export const matchesSelector = (selector: string | undefined, labels: Readonly<Record<string, string>> = {}): boolean =>
  selector === undefined || selector.trim() === '' || selector.split(/,(?![^(]*\))/).every((term) => matchesTerm(term.trim(), labels))

const matchesTerm = (term: string, labels: Readonly<Record<string, string>>): boolean => {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term)
  if (set !== null) {
    const value = labels[set[1] ?? '']
    const listed = value !== undefined && (set[3] ?? '').split(',').some((each) => each.trim() === value)
    return listed === (set[2] === 'in')
  }
  const comparison = /^([^=!\s]+)\s*(==|!=|=)\s*(\S*)$/.exec(term)
  if (comparison !== null) return (labels[comparison[1] ?? ''] === comparison[3]) === (comparison[2] !== '!=')
  return term.startsWith('!') ? labels[term.slice(1).trim()] === undefined : labels[term] !== undefined
}
