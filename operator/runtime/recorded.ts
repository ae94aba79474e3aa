import type { Metric, Registry } from 'prom-client'

/**
 * Metrics whose values are plain fields, put into words when somebody scrapes them. prom-client looks the labels up at every observation, which
 * for a pass that finds nothing to do was more work than the pass.
 */
export type Labels = Readonly<Record<string, string>>

type Named = { name: string; help: string }

/** Counts, or says what is now. */
export type Tally = { value: number }

/** How many observations were at most as large as each bound of its buckets, and their sum. */
export type Distribution = { observe: (value: number) => void }

/** A counter or gauge: gives the field of each set of labels, made at its first mention. */
export const tallies = (registry: Registry, type: 'counter' | 'gauge', named: Named): ((labels: Labels) => Tally) => {
  const fields: (Tally & { labels: Labels })[] = []
  register(registry, type, named, () => fields.map(({ labels, value }) => ({ labels, value })))
  return labels => {
    const made = { labels, value: 0 }
    fields.push(made)
    return made
  }
}

/** A histogram. @param bounds - of its buckets, growing; the last, which takes in everything, is added. */
export const distributions = (registry: Registry, bounds: readonly number[], named: Named): ((labels: Labels) => Distribution) => {
  const all: (() => Sample[])[] = []
  register(registry, 'histogram', named, () => all.flatMap(samples => samples()))
  return labels => {
    const counts = new Float64Array(bounds.length + 1)
    let sum = 0
    all.push(() => samplesOf(named.name, labels, bounds, counts, sum))
    return {
      observe: value => {
        sum += value
        let bucket = 0
        while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++
        counts[bucket] = (counts[bucket] as number) + 1
      },
    }
  }
}

type Sample = { labels: Record<string, string | number>; value: number; metricName?: string }

const samplesOf = (name: string, labels: Labels, bounds: readonly number[], counts: Float64Array, sum: number): Sample[] => {
  let total = 0
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    total += counts[index] as number
    return { labels: { le, ...labels }, value: total, metricName: `${name}_bucket` }
  })
  return [...buckets, { labels, value: sum, metricName: `${name}_sum` }, { labels, value: total, metricName: `${name}_count` }]
}

/** What a registry asks of a metric is its name and `get`. */
const register = (registry: Registry, type: string, named: Named, values: () => Sample[]): void =>
  registry.registerMetric({ ...named, type, aggregator: 'sum', get: () => Promise.resolve({ ...named, type, aggregator: 'sum', values: values() }) } as unknown as Metric)
