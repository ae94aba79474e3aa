import test from 'ava'
import fc from 'fast-check'
import { type Cidr, containsAddress, formatCidr, parseAddress, reservedAddresses } from '../../../crds/cidr.ts'
import { buildNetworkAttachment, canNameAttachment, networkNameOf, providerOf } from './network-attachment.ts'
import { addressInAnnotations, podNetworkAnnotations } from './pod-annotations.ts'
import { buildSubnet, subnetStateOf } from './subnet.ts'

const attachment = { namespace: 'team-a', name: 'public-a' }
const cidrs = fc.integer({ min: 16, max: 28 }).chain(prefixLength =>
  fc.nat({ max: 2 ** prefixLength - 1 }).map((index): Cidr => ({ first: index * 2 ** (32 - prefixLength), prefixLength })))

test('Kube-OVN gives none of the reserved addresses away, and its gateway is the second of the block', t => {
  fc.assert(fc.property(cidrs, cidr => {
    const { spec } = buildSubnet({ id: 'subnet-1', vpcID: 'vpc-1', cidr, attachment })
    const excluded = spec.excludeIps.flatMap(text => {
      const [from = '', to = from] = text.split('..')
      const [first, last] = [parseAddress(from) ?? NaN, parseAddress(to) ?? NaN]
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
    t.deepEqual(excluded.sort((a, b) => a - b), reservedAddresses(cidr))
    t.is(parseAddress(spec.gateway), cidr.first + 1)
    t.is(spec.cidrBlock, formatCidr(cidr))
    t.true(excluded.every(address => containsAddress(cidr, address)))
  }))
})

test('excluded addresses are in the order in which Kube-OVN would sort them, so that it never rewrites them', t => {
  fc.assert(fc.property(cidrs, cidr => {
    const { excludeIps } = buildSubnet({ id: 'subnet-1', vpcID: 'vpc-1', cidr, attachment }).spec
    t.deepEqual(excludeIps, [...excludeIps].sort())
  }))
})

test('subnet and attachment name the same provider, of three parts', t => {
  const { spec } = buildSubnet({ id: 'subnet-1', vpcID: 'vpc-1', cidr: { first: 0x0a000100, prefixLength: 24 }, attachment })
  const config = JSON.parse(buildNetworkAttachment(attachment).spec.config) as { provider: string; type: string }
  t.is(spec.provider, 'public-a.team-a.ovn')
  t.is(config.provider, spec.provider)
  t.is(networkNameOf(attachment), 'team-a/public-a')
})

test('a name that could pass for another namespace\'s network is never used', t => {
  t.true(canNameAttachment('a'.repeat(63)))
  for (const name of ['a.b', 'x.victim.ovn', '', '-a', 'a-', 'A', 'a'.repeat(64)]) t.false(canNameAttachment(name))
  fc.assert(fc.property(fc.string({ maxLength: 70 }), name => !canNameAttachment(name) || providerOf({ namespace: 'team-a', name }).split('.').length === 3))
})

test('the address given to a port can be read back from its annotations', t => {
  const annotations = podNetworkAnnotations({ attachment, logicalSwitch: 'subnet-1', ipAddress: '10.0.1.5', macAddress: '02:00:00:00:00:01', portSecurity: true })
  t.deepEqual(annotations, {
    'public-a.team-a.ovn.kubernetes.io/logical_switch': 'subnet-1',
    'public-a.team-a.ovn.kubernetes.io/ip_address': '10.0.1.5',
    'public-a.team-a.ovn.kubernetes.io/mac_address': '02:00:00:00:00:01',
    'public-a.team-a.ovn.kubernetes.io/port_security': 'true',
  })
  t.is(addressInAnnotations(annotations, attachment), '10.0.1.5')
  t.is(addressInAnnotations(annotations, { ...attachment, name: 'public-b' }), undefined)
})

test('a subnet that Kube-OVN has not spoken of is pending', t => {
  t.deepEqual(subnetStateOf(undefined), { kind: 'pending' })
})
