import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Clock } from '../../operator/runtime/clock.ts'
import { files } from './qemu-command.ts'
import { connectQmp, type Qmp, type QmpEvent } from './qmp.ts'

/** How long a process that was started may take until it listens, in milliseconds. */
const LISTEN_MS = 30_000
const RETRY_MS = 15

/**
 * Whether guests end with this process, whatever ends it, or stay for its successor.
 *
 * - `process`: the kernel kills QEMU when its parent is gone, by `setpriv --pdeathsig` (util-linux), since Node can't ask the kernel itself.
 *   Nothing is left behind by a SIGKILL, without a watchdog that could itself be killed.
 * - `kept`: a successor finds the guests again by their directories.
 */
export type Lifetime = 'process' | 'kept'

/** Starts QEMU in its machine's directory and answers its connection as soon as it listens. */
export const startProcess = async (of: {
  qemu: string
  args: string[]
  /** Words before the command. */
  enter: readonly string[]
  directory: string
  lifetime: Lifetime
  clock: Clock
  onEvent: (event: QmpEvent) => void
}): Promise<Qmp> => {
  const log = await open(join(of.directory, files.log), 'w', 0o600)
  const setpriv = of.lifetime === 'process' ? findExecutable('setpriv') : undefined
  const [command = of.qemu, ...args] = [...of.enter, ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--']), of.qemu, ...of.args]
  let ended = false
  let failure: Error | undefined
  // A session of its own: Ctrl-C in the terminal is for the sandbox, which then ends its guests in order.
  const child = spawn(command, args, { cwd: of.directory, detached: true, stdio: ['ignore', log.fd, log.fd] })
  child.once('error', (error) => {
    failure = error
    ended = true
  })
  child.once('exit', () => (ended = true))
  child.unref()
  await log.close()
  for (let left = LISTEN_MS / RETRY_MS; left > 0 && !ended; left -= 1) {
    const qmp = await connectQmp(join(of.directory, files.qmp), of.onEvent).catch(() => undefined)
    if (qmp) return qmp
    await of.clock.sleep(RETRY_MS)
  }
  child.kill('SIGKILL')
  throw new Error(`QEMU did not start: ${failure?.message ?? (await lastWords(of.directory))}`)
}

/** The end of what QEMU said. */
export const lastWords = async (directory: string): Promise<string> => {
  const text = await readFile(join(directory, files.log), 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-3).join(' / ') || 'it said nothing'
}

/** Ends the process of a machine's directory for good, if it is really that machine's: process ids are used again. */
export const killProcess = async (directory: string, uid: string): Promise<void> => {
  const pid = Number(await readFile(join(directory, files.pid), 'utf8').catch(() => ''))
  if (!pid) return
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!command.includes(uid)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
}

export const findExecutable = (name: string): string | undefined =>
  (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
