const suffixes: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number that a Kubernetes quantity stands for: bytes for memory, cores for CPU. 0 for an absent one. Throws on what is none. */
export const quantity = (text: string | number | undefined): number => {
  if (text === undefined) return 0
  if (typeof text === 'number') return text
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text)
  const factor = suffixes[match?.[2] ?? '']
  if (match === null || factor === undefined) throw new Error(`"${text}" is not a quantity, for example 512Mi or 500m`)
  return Number(match[1]) * factor
}

/** A byte count in Kubernetes' words: the largest binary unit that divides it, for example `20Gi`. */
export const formatBytes = (bytes: number): string => {
  const whole = Math.ceil(bytes)
  for (const unit of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']) {
    const size = suffixes[unit] ?? 1
    if (whole >= size && whole % size === 0) return `${whole / size}${unit}`
  }
  return `${whole}`
}
