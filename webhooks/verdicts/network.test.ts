import test from 'ava'
import fc from 'fast-check'
import { aGroup, anInstance, aSubnet, aView, aVPC } from './samples.ts'
import { violationsOf } from './index.ts'
import { instanceVerdict } from './instance.ts'
import { securityGroupDeletionVerdict, securityGroupVerdict } from './security-group.ts'
import { subnetVerdict } from './subnet.ts'
import type { View, Violation } from './view.ts'
import { vpcVerdict } from './vpc.ts'

const said = (violations: Violation[]): string[] => violations.map(({ field, message }) => `${field}: ${message}`)
const main = aView({ getVPC: (_namespace, name) => name === 'main' ? aVPC('main') : undefined })

test('A subnet inside its VPC is accepted', t => t.deepEqual(subnetVerdict(aSubnet('a'), undefined, main), []))

test('A subnet whose VPC does not exist yet is accepted: objects arrive in any order', t => {
  t.deepEqual(subnetVerdict(aSubnet('a', { vpcRef: { name: 'later' } }), undefined, main), [])
})

test('A subnet outside its VPC is refused, and the blocks of the VPC are named', t => {
  t.deepEqual(said(subnetVerdict(aSubnet('a', { cidrBlock: '10.1.0.0/24' }), undefined, main)), [
    'spec.cidrBlock: 10.1.0.0/24 is not inside the VPC main (10.0.0.0/16): choose a block inside, or add one to the VPC',
  ])
})

test('A subnet that overlaps another of its VPC is refused, and the other is named', t => {
  const view: View = { ...main, subnetsOfVPC: () => [aSubnet('b', { cidrBlock: '10.0.1.128/25' })] }
  t.deepEqual(said(subnetVerdict(aSubnet('a', {}, { creationTimestamp: '2026-01-02T00:00:00Z' }), undefined, view)), [
    'spec.cidrBlock: 10.0.1.0/24 overlaps 10.0.1.128/25 of the subnet b in the same VPC: choose a free block',
  ])
})

test('A subnet does not overlap itself', t => {
  t.deepEqual(subnetVerdict(aSubnet('a'), undefined, { ...main, subnetsOfVPC: () => [aSubnet('a')] }), [])
})

test('Of two overlapping subnets that were admitted at once exactly one loses, whoever asks', t => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }), fc.boolean(), (ours, theirs, swap) => {
    const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` })
    const [a, b] = [aSubnet('a', {}, { ...at(ours), uid: swap ? '2' : '1' }), aSubnet('b', {}, { ...at(theirs), uid: swap ? '1' : '2' })]
    const view: View = { ...main, subnetsOfVPC: () => [a, b] }
    return [a, b].map(each => subnetVerdict(each, undefined, view)).filter(violations => violations.length > 0).length === 1
  }))
  t.pass()
})

test('A subnet that is in use keeps its block, whoever else asks for it', t => {
  const inUse = { ...aSubnet('b', {}, { creationTimestamp: '2026-01-02T00:00:00Z' }), status: { observedGeneration: 1, state: 'available' as const } }
  const view: View = { ...main, subnetsOfVPC: () => [aSubnet('a'), inUse] }
  t.is(subnetVerdict(aSubnet('a'), undefined, view).length, 1)
  t.is(subnetVerdict(inUse, undefined, view).length, 0)
})

test('At the door a new subnet loses to one of the same second, whatever their UIDs', t => {
  const view: View = { ...main, subnetsOfVPC: () => [aSubnet('b', {}, { uid: 'z' })] }
  t.is(violationsOf(aSubnet('a', {}, { uid: 'a' }), undefined, view).length, 1)
})

test('A block of a VPC can\'t be removed while a subnet is in it', t => {
  const old = aVPC('main', ['10.0.0.0/16', '10.1.0.0/16'])
  const view = aView({ subnetsOfVPC: () => [aSubnet('b', { cidrBlock: '10.1.3.0/24' })] })
  t.deepEqual(said(vpcVerdict(aVPC('main'), old, view)), [
    'spec.cidrBlocks: the subnet b (10.1.3.0/24) is in a block that would be removed: delete the subnet first or keep the block',
  ])
  t.deepEqual(vpcVerdict(aVPC('main'), old, aView({ subnetsOfVPC: () => [aSubnet('a')] })), [])
  t.deepEqual(vpcVerdict(aVPC('main'), undefined, view), [])
})

const groups: View = { ...main, getSecurityGroup: (_namespace, name) => ({ web: aGroup('web'), foreign: aGroup('foreign', 'other') })[name] }

test('A rule that refers to a group of another VPC is refused, one of the same VPC, itself or a missing group is not', t => {
  const rule = (name: string) => ({ protocol: 'all', securityGroupRef: { name } })
  const verdict = (...names: string[]) => said(securityGroupVerdict(aGroup('app', 'main', { egressRules: names.map(rule) }), undefined, groups))
  t.deepEqual(verdict('web', 'app', 'missing'), [])
  t.deepEqual(verdict('web', 'foreign'), [
    'spec.egressRules[1].securityGroupRef: the group foreign is of the VPC other, this one of main: name a group of the same VPC, ' +
      'make a VPCPeering of the two first, or use cidr',
  ])
})

test('The default group of a VPC can\'t be deleted before the VPC', t => {
  const vpc = aVPC('main', undefined, { status: { observedGeneration: 1, defaultSecurityGroup: 'main-default' } })
  const view = (metadata = vpc.metadata) => aView({ getVPC: () => ({ ...vpc, metadata }) })
  t.regex(said(securityGroupDeletionVerdict(aGroup('main-default'), view())).join(), /is the default group of the VPC main and can't be deleted/)
  t.deepEqual(securityGroupDeletionVerdict(aGroup('web'), view()), [])
  t.deepEqual(securityGroupDeletionVerdict(aGroup('main-default'), view({ ...vpc.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' })), [])
  t.deepEqual(securityGroupDeletionVerdict(aGroup('main-default'), aView()), [])
})

const subnetView: View = { ...groups, getSubnet: () => aSubnet('public') }
const onAddress = (privateIPAddress: string, more: Partial<View> = {}) =>
  said(instanceVerdict(anInstance('web', { privateIPAddress }), undefined, { ...subnetView, ...more }))

test('A private address must be a usable one of the subnet', t => {
  t.deepEqual(onAddress('10.0.1.4'), [])
  t.deepEqual(onAddress('10.0.1.254'), [])
  t.regex(onAddress('10.0.2.4').join(), /10\.0\.2\.4 is not in the subnet public \(10\.0\.1\.0\/24\)/)
  for (const reserved of ['10.0.1.0', '10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.255']) t.regex(onAddress(reserved).join(), /is reserved/, reserved)
})

test('A private address that another instance has is refused, and the other is named', t => {
  const holder = anInstance('db', {}, { status: { observedGeneration: 1, privateIPAddress: '10.0.1.9' } })
  t.deepEqual(onAddress('10.0.1.9', { instancesAt: () => [holder] }), [
    'spec.privateIPAddress: 10.0.1.9 is taken by the instance db: choose another, or leave it out',
  ])
  t.deepEqual(onAddress('10.0.1.8', { instancesAt: () => [holder] }), [])
})

test('An instance that has its address keeps it, whoever else asks for it', t => {
  const web = anInstance('web', { privateIPAddress: '10.0.1.9' }, { status: { observedGeneration: 1, privateIPAddress: '10.0.1.9' } })
  const older = anInstance('db', { privateIPAddress: '10.0.1.9' })
  older.metadata.creationTimestamp = '2020-01-01T00:00:00Z'
  const view: View = { ...subnetView, instancesAt: () => [web, older] }
  t.deepEqual(instanceVerdict(web, undefined, view), [])
  t.regex(said(instanceVerdict(older, undefined, view)).join(), /is taken by the instance web/)
})

test('An instance in a zone or a group that is not its subnet\'s is refused', t => {
  const spec = { placement: { availabilityZone: 'zone-b' }, securityGroupRefs: [{ name: 'web' }, { name: 'foreign' }] }
  t.deepEqual(said(instanceVerdict(anInstance('web', spec), undefined, subnetView)), [
    'spec.placement.availabilityZone: the subnet public is in zone-a, not in zone-b: leave the zone out or choose a subnet in zone-b',
    'spec.securityGroupRefs[1]: the group foreign is of the VPC other, the subnet public of main: name groups of that VPC',
  ])
})
