import { subject, type Subject } from './subject.ts'

const tags = { Name: 'web' }
const inMain = { vpcRef: { name: 'main' } }
const subnetRefs = [{ name: 'public-a' }]

/** The kinds of the network beside VPC, Subnet and SecurityGroup. */
export const networkSubjects: readonly Subject[] = [
  subject('RouteTable', [{
    ...inMain, subnetRefs, tags,
    routes: [
      { destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }, { destinationCIDR: '192.0.2.0/24', natGatewayRef: { name: 'nat' } },
      { destinationCIDR: '10.9.0.0/16', vpcPeeringRef: { name: 'data' } }, { destinationCIDR: '192.168.7.0/24', instanceRef: { name: 'second' } },
    ],
  }], { fresh: { subnetRefs: [{ name: 'none' }] } }),
  subject('InternetGateway', [{ ...inMain, tags }], { fresh: { vpcRef: { name: 'second' } } }),
  subject('NetworkACL', [{
    ...inMain, subnetRefs, tags,
    entries: [
      { ruleNumber: 100, direction: 'Ingress', action: 'Allow', protocol: 'tcp', cidr: '0.0.0.0/0', fromPort: 80, toPort: 443 },
      { ruleNumber: 110, direction: 'Egress', action: 'Deny', protocol: 'icmp', cidr: '10.0.0.0/8', icmp: { type: 8, code: 0 } },
    ],
  }], { fresh: { subnetRefs: [{ name: 'none' }] } }),
  subject('PrefixList', [{ addressFamily: 'IPv4', entries: [{ cidr: '203.0.113.0/24', description: 'office' }], tags }]),
  subject('PublicIPPool', [{ cidrs: ['203.0.113.0/24', '198.51.100.0/28'], externalSubnet: 'external', tags }], {
    fresh: { cidrs: ['192.0.2.0/24', '198.51.100.16/28'] },
  }),
  subject('ElasticIP', [
    { poolName: 'default', address: '203.0.113.10', instanceRef: { name: 'second' }, tags }, { networkInterfaceRef: { name: 'second' } },
  ], { fresh: { address: '203.0.113.11', instanceRef: { name: 'none' }, networkInterfaceRef: { name: 'none' } } }),
  subject('NATGateway', [
    { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'nat' }, connectivityType: 'Public', tags }, { subnetRef: { name: 'public-a' }, connectivityType: 'Private' },
  ], { fresh: { elasticIPRef: { name: 'none' } } }),
  subject('VPCPeering', [{ ...inMain, peer: { name: 'data', namespace: 'other' }, tags }], { fresh: { peer: { name: 'logs', namespace: 'other' } } }),
  subject('NetworkInterface', [{
    subnetRef: { name: 'public-a' }, description: 'data', privateIPAddress: '10.0.1.20', securityGroupRefs: [{ name: 'web' }], sourceDestCheck: true,
    attachment: { instanceRef: { name: 'second' }, deviceIndex: 1, deleteOnTermination: false }, tags,
  }], { fresh: { privateIPAddress: '10.0.1.21', attachment: { instanceRef: { name: 'none' }, deviceIndex: 2, deleteOnTermination: false } } }),
  subject('ReachabilityAnalysis', [
    { source: { instanceRef: { name: 'second' } }, destination: { address: '203.0.113.7' }, protocol: 'tcp', port: 443, sourcePort: 40000, tags },
    { source: { networkInterfaceRef: { name: 'second' } }, destination: { networkInterfaceRef: { name: 'third' } }, protocol: 'icmp', icmp: { type: 8, code: 0 } },
    { source: { address: '203.0.113.7' }, destination: { instanceRef: { name: 'second' } }, protocol: 'udp', port: 53 },
  ]),
]
