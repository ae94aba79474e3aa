import { systemClock } from '../operator/runtime/clock.ts'
import type { Measured } from './measured.ts'

/** @throws Error after `limit` milliseconds in vain. */
export const until = async (what: string, limit: number, check: () => Promise<boolean>): Promise<void> => {
  const end = systemClock.now() + limit
  while (!(await check())) {
    if (systemClock.now() > end) throw new Error(`waited ${limit / 1000} s in vain for ${what}`)
    await systemClock.sleep(100)
  }
}

/** Milliseconds in which a process that rests uses less than a twentieth of a processor. */
const REST = 3000

/** Waits until a process does nothing any more, and says what it had used when it began to rest. */
export const untilRest = async (process: Measured, limit: number): Promise<number> => {
  let before = (await process.usage()).cpu
  await until('the process to rest', limit, async () => {
    await systemClock.sleep(REST)
    const { cpu } = await process.usage()
    const rested = cpu - before < REST / 20
    if (!rested) before = cpu
    return rested
  })
  return before
}
