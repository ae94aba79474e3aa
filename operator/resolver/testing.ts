import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { parseCidr } from '../../crds/cidr.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Zone } from './answer.ts'
import { nameData } from './message.ts'

/** The zone of a VPC named prod. */
export const zoneOf = (...blocks: string[]): Zone => ({
  domain: ['prod', 'internal'], blocks: blocks.flatMap(block => parseCidr(block) ?? []), withheld: [['corp', 'example', 'com']],
})

/** A query for a name. */
export const queryFor = (name: string, type: number, { id = 0x1234, flags = 0x0100, of = 1 } = {}): Uint8Array => Uint8Array.from([
  id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 0, ...nameData(name.split('.').filter(label => label !== '')), 0, type, 0, of,
])

/** Sends a datagram and waits for the answer, at most so many milliseconds. */
export const askByDatagram = (port: number, message: Uint8Array, patience = 2000): Promise<Buffer | undefined> => new Promise((resolve, reject) => {
  const socket = createSocket('udp4')
  const finish = (answer?: Buffer) => {
    cancel()
    socket.close()
    resolve(answer)
  }
  const cancel = systemClock.after(patience, finish)
  socket.on('message', finish).on('error', reject)
  socket.send(message, port, '127.0.0.1')
})

/** Sends bytes as they are by one connection and waits until the other end closes it, or `enough` bytes have come. */
export const askByConnection = (port: number, chunks: readonly Uint8Array[], enough = Infinity): Promise<Buffer> => new Promise((resolve, reject) => {
  let received = Buffer.alloc(0)
  const socket = connect(port, '127.0.0.1').on('error', reject).on('close', () => resolve(received))
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    if (received.length >= enough) socket.destroy()
  })
  for (const chunk of chunks) socket.write(chunk)
})
