import test, { type ExecutionContext } from 'ava'
import { labProblem } from './available.ts'

const problem = labProblem()

/** A test with real packets: skipped, saying why, where no lab can be had. One after the other, since each changes the network of its file's lab. */
export const packetTest = (title: string, run: (t: ExecutionContext) => Promise<void>): void => {
  if (problem === undefined) test.serial(title, run)
  else test.skip(`${title} (skipped, since no OVN can be had here: ${problem})`, run)
}
