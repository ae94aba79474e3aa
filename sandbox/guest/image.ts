import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What a script that installs or builds says by its exit status 69 (EX_UNAVAILABLE): not possible on this machine. */
const UNAVAILABLE = 69

/** Something that this machine can't have; the message says what and why. */
export class UnavailableError extends Error {
  override name = 'UnavailableError'
}

/**
 * Builds the guest image, or finds the one built before from the same inputs, and answers the path of its disk.
 * @throws UnavailableError where its parts can't be had.
 */
export const ensureGuestImage = async (log: (line: string) => void): Promise<string> => (await runScript('./build.sh', log)).at(-1) ?? ''

/** Installs QEMU and what else real guests need. Does nothing when all is there. @throws UnavailableError where it can't be had. */
export const ensureDebianPackages = (log: (line: string) => void): Promise<string[]> => runScript('../tools/debian.sh', log)

/** Installs Open vSwitch and OVN for a network of our own. Does nothing when all is there. @throws UnavailableError where it can't be had. */
export const ensureNetworkPackages = (log: (line: string) => void): Promise<string[]> => runScript('../tools/debian.sh', log, ['network'])

/** Runs a script, its words on stderr going to the log as they come, and answers the lines of its stdout. */
const runScript = async (script: string, log: (line: string) => void, args: readonly string[] = []): Promise<string[]> => {
  const child = spawn(fileURLToPath(new URL(script, import.meta.url)), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  const words: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line)
    if (!line.startsWith('/')) log(line)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    words.push(line)
    log(line)
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code === UNAVAILABLE) throw new UnavailableError(words.at(-1) ?? script)
  if (code !== 0) throw new Error(`${script} failed (exit status ${code}): ${words.slice(-3).join(' / ')}`)
  return output
}
