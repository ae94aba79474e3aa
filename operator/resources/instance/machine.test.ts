import test from 'ava'
import fc from 'fast-check'
import { buildMachine } from './machine.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { nameServersOf } from '../vpc/resolver.ts'
import { factsFor, stored } from './sample.ts'

const names = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/)
const hostile = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom(
  'k8s.v1.cni.cncf.io/networks', 'ovn.kubernetes.io/logical_switch', 'hooks.kubevirt.io/hookSidecars', 'sg.kumulus.dev/sg-0', 'kumulus.dev/owner-uid'))

/** Whatever the CRD lets a tenant write, as far as it could reach a machine. */
const specs = fc.record({
  state: fc.constantFrom('Running', 'Stopped'),
  sourceDestCheck: fc.boolean(),
  userData: fc.option(hostile, { nil: undefined }),
  tags: fc.dictionary(hostile.filter(key => key.length > 0), hostile, { maxKeys: 5 }),
  disableAPIStop: fc.boolean(),
  securityGroupRefs: fc.subarray(['web', 'db'], { minLength: 1 }).map(groups => groups.map(name => ({ name }))),
  blockDevices: fc.uniqueArray(fc.constantFrom('/dev/sda1', '/dev/sdb', '/dev/xvdba', '/dev/sdc15'), { minLength: 1 })
    .map(devices => devices.map(deviceName => ({ deviceName, size: '20Gi' }))),
}).map(spec => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)))

const machines = fc.tuple(specs, fc.dictionary(hostile.filter(key => key.length > 0), hostile, { maxKeys: 5 })).map(([spec, annotations]) => {
  const instance = stored(spec, { annotations })
  return { instance, machine: buildMachine(instance, factsFor(instance)) }
})

test('no key that a tenant writes becomes an annotation or label of a machine or its pod', t => {
  const network = /^public-a\.team-a\.ovn\.kubernetes\.io\/(logical_switch|ip_address|mac_address|port_security)$/
  const label = /^(kumulus\.dev\/(owner-(uid|kind|name|namespace)|vpc-id)|app\.kubernetes\.io\/managed-by|sg\.kumulus\.dev\/sg-[0-9a-f]{17})$/
  fc.assert(fc.property(machines, ({ machine }) => {
    const { metadata, spec } = machine
    return Object.keys(metadata.annotations).every(key => key === 'kumulus.dev/user-data') &&
      Object.keys(spec.template.metadata.annotations).every(key => network.test(key)) &&
      Object.keys(spec.template.metadata.labels).every(key => label.test(key))
  }))
  t.pass()
})

test('a machine names only what is its own, in its own namespace', t => {
  fc.assert(fc.property(machines, ({ instance, machine }) => {
    const template = machine.spec.template.spec
    const claims = template.volumes.flatMap(volume => 'persistentVolumeClaim' in volume ? [volume.persistentVolumeClaim.claimName] : [])
    const secrets = template.volumes.flatMap(volume => 'cloudInitNoCloud' in volume && 'secretRef' in volume.cloudInitNoCloud ? [volume.cloudInitNoCloud.secretRef?.name] : [])
    return machine.metadata.namespace === instance.metadata.namespace &&
      claims.every(name => name.startsWith(`${instance.metadata.name}-`)) &&
      secrets.every(name => name?.startsWith('i-')) &&
      template.networks.every(network => network.multus.networkName.startsWith('team-a/')) &&
      template.volumes.length === template.domain.devices.disks.length
  }))
  t.pass()
})

test('no text that a tenant writes is in a machine but by way of a Secret', t => {
  fc.assert(fc.property(fc.stringMatching(/^[!-~]{12,40}$/), text => {
    const instance = stored({ userData: text, tags: { note: text } }, { annotations: { 'kumulus.dev/note': text } })
    return !JSON.stringify(buildMachine(instance, factsFor(instance))).includes(JSON.stringify(text).slice(1, -1))
  }))
  t.pass()
})

test('no two disks of any two instances of a namespace share a Volume', t => {
  fc.assert(fc.property(names, names, (a, b) => {
    const disks = (name: string) => [`${name}-sda1`, `${name}-xvdba`]
    return a === b || disks(a).every(disk => !disks(b).includes(disk))
  }))
  t.pass()
})

test('a guest is told of its VPC\'s DNS servers and domain where there are some, and of nothing else', t => {
  const instance = stored()
  const told = (nameServers: ReturnType<typeof factsFor>['nameServers']) => {
    const { spec } = buildMachine(instance, { ...factsFor(instance), nameServers }).spec.template
    return Object.entries(spec).filter(([key]) => key.startsWith('dns'))
  }
  const vpc = { metadata: { name: 'main' }, spec: { cidrBlocks: ['10.0.0.0/16'], enableDNSSupport: true } } as VPC
  const dns = nameServersOf(vpc, { resolver: { image: 'kumulus', upstreams: [], withheldDomains: [], pullSecrets: [] } })
  t.deepEqual(told(dns), [['dnsPolicy', 'None'], ['dnsConfig', { nameservers: ['192.0.0.250', '192.0.0.251'], searches: ['main.internal'] }]])
  t.deepEqual(told(nameServersOf(vpc, {})), [])
})
