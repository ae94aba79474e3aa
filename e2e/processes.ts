import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A program of ours as a real process, with its output kept in a file. */
export type Program = {
  name: string
  pid: () => number | undefined
  /** Ends it and resolves when it is gone. SIGKILL is a crash. */
  kill: (signal?: NodeJS.Signals) => Promise<void>
  /** Starts it again with the same arguments, after `kill`. Resolves when it is ready. */
  start: () => Promise<void>
  /** The last lines it printed, for a failure's report. */
  tail: (lines?: number) => Promise<string>
}

export type ProgramOptions = (
  /** Script under the repository's root. */
  | { script: string }
  /** Any other program, by its path. It has to end with its parent by itself where there is no setpriv. */
  | { binary: string }
) & {
  name: string
  args: string[]
  env?: Record<string, string>
  logFile: string
  /** Resolves when the program can be used; it is given a signal that aborts when the program ends first, and the process's number. */
  ready: (signal: AbortSignal, pid: number | undefined) => Promise<void>
  /** Milliseconds until it counts as failed. */
  startTimeout?: number
  /** Started again, as by a kubelet, when it ends although nobody told it to: an operator that has lost its Lease does. */
  supervised?: boolean
}

const root = new URL('..', import.meta.url).pathname
const SETPRIV = '/usr/bin/setpriv'

/** Starts a program of ours on the Node that runs us. Rejects, with its last lines, when it ends or is not ready in time. */
export const startProgram = async (options: ProgramOptions): Promise<Program> => {
  let child: ChildProcess | undefined
  let told = false
  const tail = async (lines = 20) => (await readFile(options.logFile, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-lines).join('\n')

  const start = async () => {
    told = false
    child = launch(options)
    const ended = new AbortController()
    child.once('exit', (code, signal) => ended.abort(new Error(`${options.name} ended (${signal ?? `exit status ${code}`})`)))
    const timeout = AbortSignal.timeout(options.startTimeout ?? 60_000)
    try {
      await options.ready(AbortSignal.any([ended.signal, timeout]), child.pid)
    } catch (error) {
      await kill('SIGKILL')
      throw new Error(`${options.name} did not become ready: ${(error as Error).message}\n${await tail()}`, { cause: error })
    }
    if (options.supervised === true) supervise(child)
  }
  const supervise = (running: ChildProcess): void => {
    const again = () => setTimeout(() => {
      // Told to end, and perhaps started again by whoever did that.
      if (told || child !== running) return
      child = launch(options)
      supervise(child)
    }, 200)
    if (running.exitCode !== null || running.signalCode !== null) again()
    else running.once('exit', again)
  }
  const kill = async (signal: NodeJS.Signals = 'SIGTERM') => {
    told = true
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  await start()
  return { name: options.name, pid: () => child?.pid, kill, start, tail }
}

/** Through setpriv where there is one (util-linux), so that a test run that is cut short leaves no program behind. */
const launch = ({ args, env, logFile, ...program }: ProgramOptions): ChildProcess => {
  const line = 'binary' in program ? [program.binary, ...args] : [process.execPath, program.script, ...args]
  const [command = '', ...rest] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', ...line] : line
  const child = spawn(command, rest, {
    cwd: root,
    env: { NODE_COMPILE_CACHE: join(root, '.cache/compile'), ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  return child
}

/** Looks for what a program writes when it is ready. After a crash the file of the one before is still there: `pid` tells. */
export const readyFileOf = async (read: () => Promise<{ pid: number } | undefined>, signal: AbortSignal, pid: number | undefined): Promise<void> => {
  while ((await read())?.pid !== pid) {
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Asks `url` until it answers 200. For programs' own readiness only, before anything can be watched. */
export const answers = async (url: string, signal: AbortSignal): Promise<void> => {
  for (;;) {
    signal.throwIfAborted()
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) }).catch(() => undefined)
    if (response?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
