import { isWithin } from './addresses.ts'
import type { Protocol, Rule } from './world.ts'

/** One packet on its way. `sender` is the interface that it comes from, whatever its source address has become. */
export type Packet = {
  protocol: Protocol
  source: string
  destination: string
  sender: string | undefined
  /** A port of tcp and udp. */
  sourcePort: number
  destinationPort: number
  icmpType: number
  icmpCode: number
}

/** What Linux draws a client's ports from is 32768 to 60999; this one stands for all of them. */
export const ephemeralPort = 40_000

const echoRequest = 8
const echoReply = 0

/** The first packet of an exchange. `port` is the destination's; icmp has none and asks for an echo. */
export const requestOf = (protocol: Protocol, source: string, destination: string, port: number, sender: string | undefined): Packet =>
  ({ protocol, source, destination, sender, sourcePort: ephemeralPort, destinationPort: port, icmpType: echoRequest, icmpCode: 0 })

/** The answer to a packet, from whoever received it. */
export const replyTo = ({ source, destination, sourcePort, destinationPort, ...rest }: Packet, sender: string | undefined): Packet =>
  ({ ...rest, sender, source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort, icmpType: echoReply })

/** Whether a rule's or an entry's protocol, ports, type and code are those of a packet. */
export const isAbout = ({ protocol, from = -1, to = -1 }: Pick<Rule, 'protocol' | 'from' | 'to'>, packet: Packet): boolean => {
  if (protocol === 'all') return true
  if (protocol !== packet.protocol) return false
  if (protocol === 'icmp') return (from === -1 || from === packet.icmpType) && (to === -1 || to === packet.icmpCode)
  return (from === -1 || packet.destinationPort >= from) && (to === -1 || packet.destinationPort <= to)
}

export const isIn = (cidrs: readonly string[], address: string): boolean => cidrs.some(cidr => isWithin(address, cidr))
