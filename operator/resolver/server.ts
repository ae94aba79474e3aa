import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { containsAddress, parseAddress } from '../../crds/cidr.ts'
import type { Clock } from '../runtime/clock.ts'
import { decide, type Zone } from './answer.ts'
import { createLimit, type Limit } from './limits.ts'
import { buildAnswer, buildRefusal, rcodes, readQuery } from './message.ts'
import { framed, type Transport, type Upstream } from './upstream.ts'

export type ResolverOptions = {
  /** The one address that is listened on: other interfaces of the host answer nobody. */
  address: string
  /** 0 takes a free one. */
  port: number
  zone: Zone
  upstream: Upstream
  clock: Clock
}

export type Resolver = { port: number; close: () => Promise<void> }

/** What may be under way at once, in all and for one client. A datagram beyond it is dropped, as if it had been lost; a connection is closed. */
const QUESTIONS = { total: 512, each: 64 }
const CONNECTIONS = { total: 256, each: 8 }
/** Milliseconds that a connection may be silent, or its client not read. */
const SILENCE = 10_000
/** Bytes of a question: a name, a type and what a client adds of itself. */
const LONGEST_QUERY = 4096

/** Answers whoever is in the VPC, and nobody else, by UDP and by TCP. */
export const startResolver = async (options: ResolverOptions): Promise<Resolver> => {
  const { address, zone } = options
  const respond = responder(options)
  const isClient = (client: string | undefined): client is string => {
    const number = parseAddress(client ?? '')
    return number !== undefined && zone.blocks.some(block => containsAddress(block, number))
  }
  const connections = await listenForConnections(options, isClient, respond)
  // The same port for both, which a free one is not for sure.
  const { port } = connections.server.address() as AddressInfo
  const datagrams = createSocket('udp4').on('message', (message, { address: client, port: from }) => {
    if (!isClient(client)) return
    void respond(message, client, 'udp').then(answer => answer === undefined || isClosed ? undefined : datagrams.send(answer, from, client))
  })
  let isClosed = false
  await bound(datagrams, address, port)
  // Of a client that has gone, which is its own affair.
  datagrams.on('error', () => {})
  return {
    port,
    close: async () => {
      isClosed = true
      datagrams.close()
      connections.closeAll()
      await new Promise(resolve => connections.server.close(resolve))
    },
  }
}

type Respond = (message: Uint8Array, client: string, by: Transport) => Promise<Uint8Array | undefined>

/** Undefined: nothing is answered. */
const responder = ({ zone, upstream }: ResolverOptions): Respond => {
  const limit: Limit = createLimit(QUESTIONS)
  return async (message, client, by) => {
    if (message.length > LONGEST_QUERY) return undefined
    const received = readQuery(message)
    if (received.kind !== 'query') return received.kind === 'faulty' ? received.answer : undefined
    const { query } = received
    const decision = decide(query.question, zone)
    if (decision.kind === 'answer') return buildAnswer(query, decision.answer)
    if (decision.kind === 'refuse') return buildRefusal(query, decision.code)
    // Who doesn't want it asked for wants to know what others have asked.
    if (!query.recursionDesired) return buildRefusal(query, rcodes.refused)
    const done = limit.take(client)
    if (done === undefined) return undefined
    try {
      return await upstream(query, by) ?? buildRefusal(query, rcodes.serverFailure)
    } finally {
      done()
    }
  }
}

const bound = (socket: DatagramSocket, address: string, port: number): Promise<void> => new Promise((resolve, reject) => {
  socket.once('error', reject)
  socket.bind(port, address, () => {
    socket.off('error', reject)
    resolve()
  })
})

const listenForConnections = async (
  { address, port, clock }: ResolverOptions, isClient: (client: string | undefined) => client is string, respond: Respond,
): Promise<{ server: Server; closeAll: () => void }> => {
  const limit = createLimit(CONNECTIONS)
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    const client = socket.remoteAddress
    const done = isClient(client) ? limit.take(client) : undefined
    if (client === undefined || done === undefined) return void socket.destroy()
    open.add(socket)
    socket.on('error', () => {}).on('close', () => {
      open.delete(socket)
      done()
    })
    void converse(socket, clock, message => respond(message, client, 'tcp')).catch(() => {}).finally(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  return { server, closeAll: () => open.forEach(socket => socket.destroy()) }
}

/** One question after the other: what a client sends meanwhile stays in its own memory. */
const converse = async (socket: Socket, clock: Clock, respond: (message: Uint8Array) => Promise<Uint8Array | undefined>): Promise<void> => {
  let cancel = clock.after(SILENCE, () => socket.destroy())
  let received = Buffer.alloc(0)
  try {
    for await (const data of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, data])
      for (let length = lengthOf(received); received.length >= length + 2; length = lengthOf(received)) {
        const answer = await respond(received.subarray(2, length + 2))
        if (answer === undefined) return
        await new Promise<void>((resolve, reject) => socket.write(framed(answer), error => error ? reject(error) : resolve()))
        cancel()
        cancel = clock.after(SILENCE, () => socket.destroy())
        received = received.subarray(length + 2)
      }
      if (lengthOf(received) > LONGEST_QUERY && received.length >= 2) return
    }
  } finally {
    cancel()
  }
}

const lengthOf = (received: Buffer): number => received.length < 2 ? Infinity : received.readUInt16BE(0)
