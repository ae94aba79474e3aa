import { open } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'

export type QmpEvent = { event: string; data: Record<string, unknown> }

/** A connection to the control socket of one QEMU process (QEMU Machine Protocol). */
export type Qmp = {
  /** Runs a command and answers what it returned. Throws a QmpError when QEMU refuses, an Error when the connection ends before the answer. */
  execute: (command: string, args?: Record<string, unknown>) => Promise<unknown>
  /** Resolves when the connection is gone, whoever ended it. */
  closed: Promise<void>
  close: () => void
}

export class QmpError extends Error {
  override name = 'QmpError'
  readonly command: string
  constructor(command: string, description: string) {
    super(`QEMU refused ${command}: ${description}`)
    this.command = command
  }
}

type Answer = { resolve: (value: unknown) => void; reject: (error: Error) => void; command: string }
type Message = { QMP?: unknown; id?: number; return?: unknown; error?: { desc: string }; event?: string; data?: Record<string, unknown> }

/**
 * Connects and negotiates. Events that QEMU sends from then on go to `onEvent`, in order. Rejects where nobody listens (ENOENT,
 * ECONNREFUSED): the process is gone or not there yet.
 */
export const connectQmp = async (path: string, onEvent: (event: QmpEvent) => void): Promise<Qmp> => {
  const socket = await connectUnix(path)
  const answers = new Map<number, Answer>()
  const greeted = Promise.withResolvers<void>()
  greeted.promise.catch(() => {})
  let lastID = 0

  const execute = (command: string, args?: Record<string, unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(new Error(`QEMU is gone: ${command} was not run`))
      lastID += 1
      answers.set(lastID, { resolve, reject, command })
      socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id: lastID })}\n`)
    })

  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      const gone = new Error('QEMU ended the connection')
      greeted.reject(gone)
      for (const answer of answers.values()) answer.reject(gone)
      answers.clear()
      resolve()
    })
  })

  readLines(socket, (message) => {
    if (message.QMP) greeted.resolve()
    else if (message.event) onEvent({ event: message.event, data: message.data ?? {} })
    else if (message.id !== undefined) settle(answers, message)
  })

  await greeted.promise
  await execute('qmp_capabilities')
  return { execute, closed, close: () => socket.destroy() }
}

const settle = (answers: Map<number, Answer>, message: Message) => {
  const answer = answers.get(message.id!)
  if (!answer) return
  answers.delete(message.id!)
  if (message.error) answer.reject(new QmpError(answer.command, message.error.desc))
  else answer.resolve(message.return)
}

const readLines = (socket: Socket, onMessage: (message: Message) => void) => {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) onMessage(JSON.parse(line) as Message)
  })
}

/** A socket's path may have 107 bytes at most; by way of the open directory its real path may be as long as it likes. */
const connectUnix = async (path: string): Promise<Socket> => {
  const directory = await open(dirname(path))
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const socket = createConnection(`/proc/self/fd/${directory.fd}/${basename(path)}`)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        // What matters of an error is the close that follows it.
        socket.on('error', () => {})
        resolve(socket)
      })
    })
  } finally {
    await directory.close()
  }
}
