import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { Clock } from '../runtime/clock.ts'
import { HEADER, number16, type Query, readQuestion } from './message.ts'

export type Endpoint = { address: string; port: number }

/** By what a question came: it is handed on by the same, since what is too long for a datagram is asked again by a connection. */
export type Transport = 'udp' | 'tcp'

/** Asks the platform's resolvers. Resolves with their answer as it came, under the query's own number; undefined when none has answered. */
export type Upstream = (query: Query, by: Transport) => Promise<Uint8Array | undefined>

/** Milliseconds that a resolver may take. Three of them are less than the 5 s after which a guest asks elsewhere. */
const PATIENCE = 1500
const ATTEMPTS = 3

/**
 * One after the other, beginning with the one that answered last. Each question goes out from a port of its own, under a random number, and only the
 * one who was asked is heard: nobody can slip in an answer without having seen the question.
 */
export const createUpstream = (endpoints: readonly Endpoint[], clock: Clock): Upstream => {
  let preferred = 0
  return async (query, by) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const index = (preferred + attempt) % endpoints.length
      const endpoint = endpoints[index]
      const answer = endpoint === undefined ? undefined : await ask(query, endpoint, by, clock)
      if (answer === undefined) continue
      preferred = index
      return answer
    }
    return undefined
  }
}

const ask = async (query: Query, endpoint: Endpoint, by: Transport, clock: Clock): Promise<Uint8Array | undefined> => {
  const sent = numbered(query.bytes, randomInt(65536))
  const answer = await (by === 'udp' ? askByDatagram : askByConnection)(sent, endpoint, clock)
  return answer === undefined ? undefined : numbered(answer, number16(query.bytes, 0))
}

const askByDatagram = (sent: Uint8Array, { address, port }: Endpoint, clock: Clock): Promise<Uint8Array | undefined> => new Promise((resolve) => {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const finish = once((answer?: Uint8Array) => {
    cancel()
    socket.close()
    resolve(answer)
  })
  const cancel = clock.after(PATIENCE, finish)
  // Connected, so that the kernel hears nobody else, and says when nobody is there.
  socket.on('error', () => finish()).on('message', message => void (isAnswerTo(sent, message) && finish(message)))
  socket.connect(port, address, () => void socket.send(sent))
})

const askByConnection = (sent: Uint8Array, { address, port }: Endpoint, clock: Clock): Promise<Uint8Array | undefined> => new Promise((resolve) => {
  const socket = connect({ host: address, port })
  let received = Buffer.alloc(0)
  const finish = once((answer?: Uint8Array) => {
    cancel()
    socket.destroy()
    resolve(answer)
  })
  const cancel = clock.after(PATIENCE, finish)
  socket.on('error', () => finish()).on('close', () => finish())
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    const length = received.length < 2 ? Infinity : number16(received, 0)
    if (received.length < length + 2) return
    const message = received.subarray(2, length + 2)
    finish(isAnswerTo(sent, message) ? message : undefined)
  })
  socket.write(framed(sent))
})

/** A message as a connection carries it: behind its length. */
export const framed = (message: Uint8Array): Uint8Array => Uint8Array.from([message.length >>> 8, message.length & 255, ...message])

const isAnswerTo = (sent: Uint8Array, message: Uint8Array): boolean => {
  if (message.length < HEADER || number16(message, 0) !== number16(sent, 0) || ((message[2] ?? 0) & 0x80) === 0) return false
  return JSON.stringify(readQuestion(message)) === JSON.stringify(readQuestion(sent))
}

const numbered = (message: Uint8Array, id: number): Uint8Array => Uint8Array.from([id >>> 8, id & 255, ...message.subarray(2)])

const once = (act: (answer?: Uint8Array) => void): ((answer?: Uint8Array) => void) => {
  let isDone = false
  return (answer) => {
    if (isDone) return
    isDone = true
    act(answer)
  }
}
