import type { Manifest, Scenario } from '../scenario.ts'
import { anInstance, aSubnet } from './manifests.ts'
import { publicAddresses } from './routing.ts'

const anEIP = (name: string, address: string, instance?: string): Manifest =>
  ({ kind: 'ElasticIP', name, spec: { address, ...instance === undefined ? {} : { instanceRef: { name: instance } } } })

const aTable = (name: string, subnet: string, target: object): Manifest =>
  ({ kind: 'RouteTable', name, spec: { vpcRef: { name: 'main' }, subnetRefs: [{ name: subnet }], routes: [{ destinationCIDR: '0.0.0.0/0', ...target }] } })

/** A way out for a subnet, its end, and the next who has its address. */
const gateway: Scenario = {
  name: 'nat-gateway-comes-and-goes',
  base: 'network',
  play: async (user) => {
    await publicAddresses(user)
    await user.apply(
      anEIP('out', '203.0.113.17'), { kind: 'NATGateway', name: 'nat', spec: { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'out' } } },
      aTable('private', 'private-a', { natGatewayRef: { name: 'nat' } }), aSubnet('private-a', '10.0.2.0/24'),
      { kind: 'InternetGateway', name: 'main', spec: { vpcRef: { name: 'main' } } }, aTable('public', 'public-a', { internetGatewayRef: { name: 'main' } }),
    )
    await user.becomes('NATGateway', 'nat', 'Available')
    await user.remove({ kind: 'ElasticIP', name: 'out' }, { kind: 'NATGateway', name: 'nat' }, { kind: 'RouteTable', name: 'private' })
    await user.gone('ElasticIP', 'out')
    await user.gone('NATGateway', 'nat')
    await user.apply(anEIP('next', '203.0.113.17'))
    await user.becomes('ElasticIP', 'next', 'AddressInUse')
    await user.becomes('ElasticIP', 'next', 'Unassociated')
  },
}

/** Instances that have never run have their private addresses all the same: what leads to them needs no guest. */
const stopped = { state: 'Stopped' }

/** An address that moves from one instance to the next, and outlives both. */
const moves: Scenario = {
  name: 'elastic-ip-moves',
  base: 'prepared',
  play: async (user) => {
    await publicAddresses(user)
    await user.apply(anEIP('web', '203.0.113.17', 'one'), anInstance('one', stopped), anInstance('two', { ...stopped, privateIPAddress: '10.0.1.6' }))
    const leadsTo = (name: string) => user.find('ElasticIP', 'web')?.status?.['instanceID'] === user.find('Instance', name)?.status?.['instanceID']
    await user.becomes('ElasticIP', 'web', 'Associated')
    await user.until('the second', () => user.find('Instance', 'two')?.status?.['state'] === 'stopped')
    await user.apply(anEIP('web', '203.0.113.17', 'two'))
    await user.until('the move', () => leadsTo('two'))
    await user.remove({ kind: 'Instance', name: 'one' }, { kind: 'Instance', name: 'two' })
    await user.gone('Instance', 'one')
    await user.gone('Instance', 'two')
    await user.becomes('ElasticIP', 'web', 'DependencyNotFound')
  },
}

/** Public addresses and what leads in and out by them. */
export const publicAddressScenarios: readonly Scenario[] = [gateway, moves]
