import { createConnection, createServer, type AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import type { Machine } from './hypervisor.ts'

/** Where a machine's interface leads that is not on a little network of its own. */
export type Cable = {
  /** Name of the tap device that is its other end. */
  tap: string
  /** Bytes. The machine is told. */
  mtu: number
  /** Words before a command that run it where the device is. */
  enter: readonly string[]
  /** Path of a socket: who connects to it speaks with the machine's SSH port. */
  login: string
}

/** Answers a machine's cable, as soon as it is there. */
export type Plug = (machine: Pick<Machine, 'uid' | 'namespace' | 'name'>) => Promise<Cable>

/**
 * What QEMU is told of a cable. Neither end of it completes checksums or cuts large packets, so that nothing of this is left to it: without
 * `vnet_hdr` the guest is offered none of that.
 */
export const cableArguments = ({ tap, mtu }: Cable, mac: string): string[] => [
  '-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no,vnet_hdr=off`, '-device', `virtio-net-pci,netdev=net0,mac=${mac},host_mtu=${mtu}`,
]

/** A port of this machine that leads to the guest's SSH port. */
export type LoginPort = { port: number; close: () => void }

export const openLoginPort = (path: string): Promise<LoginPort> =>
  new Promise((resolve, reject) => {
    const server = createServer((outer) => {
      const inner = createConnection(path)
      pipeline(outer, inner, () => {})
      pipeline(inner, outer, () => {})
    })
    // It is there as long as its guest is, and keeps nobody from ending.
    server.unref()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port, close: () => void server.close() }))
  })
