import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The first process of a lab, in namespaces of its own. See init/main.py. */
export type InitProcess = {
  /** Asks it for something and answers its result. Throws an Error with its words, or when it is gone. */
  request: <T>(act: string, details?: object) => Promise<T>
  /** Where a path of the lab is found from outside; there is none any more once the lab has ended. */
  path: (inside: string) => string
  pid: number
  /** Resolves when it is gone, with everything that ran in the lab. */
  ended: Promise<void>
  stop: () => Promise<void>
}

type Answer = { resolve: (result: never) => void; reject: (error: Error) => void }

/**
 * Starts it. `unshare` makes the namespaces, with a user namespace where we are not root. Nothing outlives it: it ends with its standard input,
 * which the kernel closes whatever ends this process, and as process 1 it takes along all that it started.
 */
export const startInit = (onWords: (line: string) => void): InitProcess => {
  const main = fileURLToPath(new URL('init/main.py', import.meta.url))
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const child = spawn('unshare', [...asRoot, '-n', '-m', '-p', '--fork', '--kill-child', '--mount-proc', '--', '/usr/bin/python3', '-BSE', main], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in the terminal is for this program, which then ends the lab in order.
    detached: true,
  })
  const answers = new Map<number, Answer>()
  const lastWords: string[] = []
  let lastID = 0
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastWords.splice(0, Math.max(0, lastWords.length - 2))
    lastWords.push(line)
    onWords(line)
  })
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => settle(answers, JSON.parse(line) as Message))
  child.stdin.on('error', () => {})
  const ended = endOf(child, () => {
    const gone = new Error(`the lab has ended: ${lastWords.join(' / ') || 'its first process is gone'}`)
    for (const { reject } of answers.values()) reject(gone)
    answers.clear()
  })
  return {
    pid: child.pid ?? 0,
    path: (inside) => `/proc/${child.pid}/root${inside}`,
    ended,
    request: (act, details = {}) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) return reject(new Error(`the lab has ended: ${lastWords.join(' / ')}`))
        lastID += 1
        answers.set(lastID, { resolve, reject })
        child.stdin.write(`${JSON.stringify({ ...details, do: act, id: lastID })}\n`)
      }),
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}

type Message = { id: number; result?: never; error?: string }

const settle = (answers: Map<number, Answer>, { id, result, error }: Message): void => {
  const answer = answers.get(id)
  answers.delete(id)
  if (error === undefined) answer?.resolve(result as never)
  else answer?.reject(new Error(error))
}

const endOf = (child: ChildProcess, onEnd: () => void): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      onEnd()
      resolve()
    }
    child.once('error', end)
    child.once('close', end)
  })
