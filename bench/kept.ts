import { readFile, writeFile } from 'node:fs/promises'

/** What a run of the check has found: processor time of the operator for an Instance, in raw writes' worth. */
export type Ratio = {
  /** Median of the rounds. */
  ratio: number
  rounds: readonly number[]
}

/** The figure that later runs are held against. */
export type Kept = Ratio & { date: string; node: string; cpu: string }

/** A run may be worse than the kept figure by this share. */
export const TOLERANCE = 0.2

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** What to say of a run, and whether it passes. Passes without a kept figure would mean nothing: there has to be one. */
export const verdictOn = (found: number, kept: Kept | undefined): { passes: boolean; text: string } => {
  const shown = `One Instance costs the operator as much processor time as ${found.toFixed(1)} raw writes cost their client`
  if (kept === undefined) return { passes: false, text: `${shown}, and bench/kept.json holds nothing to compare that with: node bench/check.ts --keep writes it.` }
  const change = found / kept.ratio - 1
  const compared = `${shown}; kept are ${kept.ratio.toFixed(1)} (${kept.date})`
  if (change > TOLERANCE) {
    return {
      passes: false,
      text: `${compared}. That is ${percent(change)} more, and ${percent(TOLERANCE)} are allowed: find what has made a launch dearer ` +
        '(node bench/main.ts --only launch --profiles DIR), or keep the new figure with node bench/check.ts --keep and say why in the commit.',
    }
  }
  if (change < -TOLERANCE) return { passes: true, text: `${compared}. It has become ${percent(-change)} cheaper: node bench/check.ts --keep holds later changes to that.` }
  return { passes: true, text: `${compared}: within ${percent(TOLERANCE)}.` }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

const file = new URL('kept.json', import.meta.url)

export const readKept = async (): Promise<Kept | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as Kept)
}

export const writeKept = (kept: Kept): Promise<void> => writeFile(file, `${JSON.stringify(kept, null, 2)}\n`)
