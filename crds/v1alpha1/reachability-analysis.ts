import type { z } from 'zod'
import { ipv4Address } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, integer, list, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { exactlyOne } from '../immutable.ts'

const ends = ['instanceRef', 'networkInterfaceRef', 'address'] as const

const end = (field: string, description: string) => struct({
  description,
  rules: [exactlyOne(ends, `${field} needs exactly one of ${ends.join(', ')}`)],
}, {
  instanceRef: refTo('Instance', 'Instance, by its first network interface.').exactOptional(),
  networkInterfaceRef: refTo('NetworkInterface', 'NetworkInterface.').exactOptional(),
  address: ipv4Address('address', 'such as 203.0.113.7', 'IPv4 address: of the VPC, of a peered one, or of the internet.').exactOptional(),
})

const isICMP = "(self.protocol == 'icmp')"

/** `spec` of a ReachabilityAnalysis. */
export const reachabilityAnalysisSpec = struct({
  description: 'From where to where, and by what. A change is answered anew.',
  rules: [
    rule('!(has(self.source.address) && has(self.destination.address))', 'source and destination can\'t both be addresses: name an Instance or a NetworkInterface for one'),
    rule(`${isICMP} || has(self.port)`, 'tcp and udp need a port: write the destination port, for example port: 443', { fieldPath: '.port' }),
    rule(`!${isICMP} || (!has(self.port) && !has(self.sourcePort))`, 'icmp has no ports: remove port and sourcePort, icmp takes type and code'),
    rule(`${isICMP} || !has(self.icmp)`, 'icmp goes with protocol icmp only: remove it', { fieldPath: '.icmp' }),
  ],
}, {
  source: end('source', 'Where the connection begins.'),
  destination: end('destination', 'Where the connection goes.'),
  protocol: choice(['tcp', 'udp', 'icmp'], 'Protocol.').default('tcp'),
  port: integer({ description: 'Destination port, 1 to 65535; for tcp and udp.', min: 1, max: 65535 }).exactOptional(),
  sourcePort: integer({
    description: 'Source port, 1 to 65535; for tcp and udp. Left out: all of 32768 to 60999, which Linux takes, must be able to get answers.', min: 1, max: 65535,
  }).exactOptional(),
  icmp: struct('What is sent, for protocol icmp. Left out: an echo request, type 8 and code 0.', {
    type: integer({ description: 'Type, 0 to 255.', min: 0, max: 255 }),
    code: integer({ description: 'Code, 0 to 255.', min: 0, max: 255 }),
  }).exactOptional(),
  tags: tags(),
})

/** One thing on the way that lets a packet through or stops it. */
export const reachabilityHop = struct('One thing on the way that lets the traffic through or stops it.', {
  direction: choice(['Forward', 'Return'], 'Forward: from source to destination; Return: the answer.'),
  component: choice(
    ['Instance', 'NetworkInterface', 'SecurityGroup', 'NetworkACL', 'RouteTable', 'InternetGateway', 'NATGateway', 'ElasticIP', 'VPCPeering', 'Internet'],
    'What it is.',
  ),
  name: text({ description: 'Name of the object. Empty where there is none.', max: 253 }),
  id: reportedID('ID of the object. Empty where there is none.'),
  action: choice(['Allow', 'Deny'], 'Whether the traffic passes here.'),
  rule: text({ description: 'What decides: path of the rule, entry or route in the spec, for example ingressRules[2]. Empty: what holds where no rule matches.', max: 128 }),
  message: text({ description: 'The same in words, with the way out where the traffic is stopped.', max: 1024 }),
})

/** `status` of a ReachabilityAnalysis. */
export const reachabilityAnalysisStatus = struct('The answer. Written by the operator alone.', {
  ...statusFields(),
  analysisID: reportedID('ID of the analysis, nia- and 17 hexadecimal digits.').exactOptional(),
  result: choice(['Reachable', 'NotReachable', 'ReachableToPeer'],
    'Whether the traffic arrives and answers come back; ReachableToPeer: it reaches the peering, beyond which the rules of another account hold.').exactOptional(),
  explanation: text({ description: 'The answer in one sentence: what stops the traffic, and the way out.', max: 1024 }).exactOptional(),
  hops: list(reachabilityHop, { description: 'What the traffic meets, in its order; the last one is what stops it.', max: 64 }).exactOptional(),
})

export type ReachabilityHop = z.output<typeof reachabilityHop>
export type ReachabilityAnalysisSpec = z.output<typeof reachabilityAnalysisSpec>
export type ReachabilityAnalysisStatus = z.output<typeof reachabilityAnalysisStatus>
/** The answer to "why can't A reach B". */
export type ReachabilityAnalysis = Resource<ReachabilityAnalysisSpec, ReachabilityAnalysisStatus>

export const reachabilityAnalysis: Definition = define({
  kind: 'ReachabilityAnalysis',
  plural: 'reachabilityanalyses',
  shortNames: ['ra'],
  description: 'The answer to "why can\'t A reach B": what traffic meets on its way, and the rule, entry, route or missing gateway that stops it. No packet is sent.',
  spec: reachabilityAnalysisSpec,
  status: reachabilityAnalysisStatus,
  columns: [
    { name: 'Result', type: 'string', description: 'Whether the traffic arrives.', jsonPath: '.status.result' },
    { name: 'Protocol', type: 'string', description: 'Protocol.', jsonPath: '.spec.protocol' },
    { name: 'Port', type: 'integer', description: 'Destination port.', jsonPath: '.spec.port' },
    { name: 'Explanation', type: 'string', description: 'The answer in one sentence.', jsonPath: '.status.explanation' },
    { name: 'ID', type: 'string', description: 'Analysis ID.', jsonPath: '.status.analysisID', priority: 1 },
  ],
  reasons: {
    LimitExceeded: 'Stalled: an account has at most 50 analyses that are answered; delete one that is no longer needed, and another has its turn.',
  },
})
