import { readFile } from 'node:fs/promises'

/** Linux counts processor time in these for every program, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100

/** Processor time that a process has used so far, of all its threads, in milliseconds. */
export const cpuTime = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The command in parentheses may hold spaces; utime and stime are the 14th and 15th of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}
