type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'filter'; path: Step[]; value: string; equal: boolean }

const parsed = new Map<string, Step[]>()

/**
 * The values at a JSONPath, in the subset that printer columns use: `.a.b`, `['a.b']`, `.a\.b`, `[0]`, `[*]` and
 * `[?(@.type=="Ready")]`. A path that can't be read finds nothing.
 */
export const findByPath = (path: string, value: unknown): unknown[] => {
  let steps = parsed.get(path)
  if (steps === undefined) parsed.set(path, (steps = parsePath(path.replace(/^\{|\}$/g, '').replace(/^\$/, '')) ?? [{ kind: 'index', index: -1 }]))
  return follow(steps, value)
}

const follow = (steps: Step[], value: unknown): unknown[] =>
  steps
    .reduce<unknown[]>((values, step) => values.flatMap((each) => take(step, each)), [value])
    .filter((found) => found !== undefined && found !== null)

const take = (step: Step, value: unknown): unknown[] => {
  if (typeof value !== 'object' || value === null) return []
  if (step.kind === 'field') return Array.isArray(value) ? [] : [(value as Record<string, unknown>)[step.name]]
  if (step.kind === 'all') return Object.values(value)
  if (!Array.isArray(value)) return []
  if (step.kind === 'index') return step.index < 0 ? [value.at(step.index)] : [value[step.index]]
  return value.filter((item) => follow(step.path, item).some((found) => String(found) === step.value) === step.equal)
}

const patterns: [RegExp, (match: RegExpExecArray) => Step | undefined][] = [
  [/^\.((?:[^.[\]\\]|\\.)+)/, (match) => ({ kind: 'field', name: (match[1] ?? '').replace(/\\(.)/g, '$1') })],
  [/^\[(-?\d+)\]/, (match) => ({ kind: 'index', index: Number(match[1]) })],
  [/^(?:\[\*\]|\.\*)/, () => ({ kind: 'all' })],
  [/^\[['"]((?:[^'"\\]|\\.)+)['"]\]/, (match) => ({ kind: 'field', name: (match[1] ?? '').replace(/\\(.)/g, '$1') })],
  [/^\[\?\(\s*@([^=!]+?)\s*(==|!=)\s*['"]?([^'")]*)['"]?\s*\)\]/, (match) => filterOf(match)],
]

const filterOf = (match: RegExpExecArray): Step | undefined => {
  const path = parsePath(match[1] ?? '')
  return path === undefined ? undefined : { kind: 'filter', path, value: (match[3] ?? '').trim(), equal: match[2] === '==' }
}

const parsePath = (path: string): Step[] | undefined => {
  const steps: Step[] = []
  // A wildcard may follow a dot, which the pattern of a field would take for a name.
  let rest = path.replace(/\.\*/g, '[*]')
  if (rest === '.') return []
  while (rest !== '') {
    const found = patterns.map(([pattern, step]) => ({ match: pattern.exec(rest), step })).find(({ match }) => match !== null)
    const step = found?.match ? found.step(found.match) : undefined
    if (step === undefined) return undefined
    steps.push(step)
    rest = rest.slice(found?.match?.[0].length)
  }
  return steps
}
