import test from 'ava'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { userNetwork } from './qemu-network.ts'

test('a guest in the middle of a subnet gets the /24 around it, with router and resolver at their EC2 places', (t) => {
  t.deepEqual(userNetwork('10.0.1.5'), { net: '10.0.1.0/24', host: '10.0.1.1', dns: '10.0.1.2', dhcpStart: '10.0.1.5' })
})

test('an address that is router or broadcast of its /24 gets a larger network', (t) => {
  t.deepEqual(userNetwork('10.0.17.1'), { net: '10.0.16.0/23', host: '10.0.16.1', dns: '10.0.16.2', dhcpStart: '10.0.17.1' })
  t.is(userNetwork('10.0.16.255').net, '10.0.16.0/23')
})

test('every address of a VPC lies inside its network and is neither router, resolver, network nor broadcast', (t) => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(255), fc.nat(255), (b, c, d) => {
      fc.pre(!(b === 0 && c === 0 && d < 3) && !(b === 255 && c === 255 && d === 255))
      const address = `10.${b}.${c}.${d}`
      const { net, host, dns } = userNetwork(address)
      const [base = '', prefix = ''] = net.split('/')
      const inside = (each: string) => ipaddr.IPv4.parse(each).match(ipaddr.IPv4.parse(base), Number(prefix))
      const broadcast = ipaddr.IPv4.broadcastAddressFromCIDR(net).toString()
      return inside(address) && inside(host) && inside(dns) && new Set([address, host, dns, base, broadcast]).size === 5
    }),
  )
  t.pass()
})
