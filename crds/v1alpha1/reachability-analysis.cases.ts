import type { RuleCases } from '../rule-cases.ts'
import { reachabilityAnalysis } from './reachability-analysis.ts'
import { named, tagCases } from './tags.cases.ts'

const ping = { protocol: 'icmp', port: undefined }

export const reachabilityAnalysisCases: RuleCases = {
  definition: reachabilityAnalysis,
  base: { source: { instanceRef: { name: 'web' } }, destination: { instanceRef: { name: 'db' } }, port: 5432 },
  cases: [
    { title: 'from an instance to another' },
    ...tagCases,
    ...named('source', name => ({ source: { instanceRef: { name } } })),
    ...named('destination', name => ({ destination: { networkInterfaceRef: { name } } })),
    { title: 'that asks something else', spec: { port: 22 }, was: {} },
    { title: 'from the internet', spec: { source: { address: '203.0.113.7' }, sourcePort: 40000 } },
    { title: 'of an echo request', spec: ping },
    { title: 'of a certain icmp message', spec: { ...ping, icmp: { type: 3, code: 4 } } },
    { title: 'from nowhere', spec: { source: {} }, refused: 'spec.source: source needs exactly one of instanceRef, networkInterfaceRef, address' },
    { title: 'to two ends', spec: { destination: { address: '10.0.1.5', instanceRef: { name: 'db' } } }, refused: 'spec.destination: destination needs exactly one of' },
    { title: 'between addresses', spec: { source: { address: '10.0.1.5' }, destination: { address: '10.0.1.6' } }, refused: 'source and destination can\'t both be addresses' },
    { title: 'from an IPv6 address', spec: { source: { address: 'fd00::5' } }, refused: 'spec.source.address: address must be an IPv4 address such as' },
    { title: 'to an IPv6 address', spec: { destination: { address: 'fd00::5' } }, refused: 'spec.destination.address: address must be an IPv4 address' },
    { title: 'without a port', spec: { port: undefined }, refused: 'spec.port: tcp and udp need a port' },
    { title: 'with a port for icmp', spec: { protocol: 'icmp' }, refused: 'icmp has no ports' },
    { title: 'with an icmp type for tcp', spec: { icmp: { type: 8, code: 0 } }, refused: 'spec.icmp: icmp goes with protocol icmp only' },
  ],
}
