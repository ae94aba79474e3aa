import { availableParallelism, cpus } from 'node:os'

/** One measured number. Everything beside it says how it came about. */
export type Figure = { name: string; value: number; unit: string; scenario: string; [detail: string]: unknown }

/** Takes a figure as soon as it is known. */
export type Report = (figure: Figure) => void

const machine = { cpus: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', node: process.versions.node }

/** Prints one JSON line on standard output, with the machine that it was measured on. */
export const print: Report = (figure) => void process.stdout.write(`${JSON.stringify({ ...figure, value: rounded(figure.value), ...machine })}\n`)

/** Says on standard error what is going on. */
export const progress = (line: string): void => void process.stderr.write(`${line}\n`)

/** The value below which `share` (0 to 1) of the values lie, by nearest rank. NaN of nothing. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

/** Three significant digits: no run repeats itself more exactly than that. */
const rounded = (value: number): number => Number(value.toPrecision(3))
