import test from 'ava'
import { instanceSpec } from '../../crds/v1alpha1/instance.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import type { SecurityGroup } from '../../crds/v1alpha1/security-group.ts'
import type { Subnet } from '../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../crds/v1alpha1/vpc.ts'
import { virtualMachineInformer } from '../providers/kubevirt/informers.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'
import { observeInstance } from './instance/observe.ts'
import { machineFor, stored, volumesFor, world } from './instance/sample.ts'
import { instanceInformer, type StoredInstance } from './instance/store.ts'
import { instanceTypeInformer } from './instance-type/store.ts'
import { cacheOf, holding } from './recording-context.ts'
import { observeSecurityGroup } from './security-group/observe.ts'
import { securityGroupInformer } from './security-group/store.ts'
import { createAddressLedger } from './subnet/ledger.ts'
import { observeSubnet } from './subnet/observe.ts'
import { subnetInformer } from './subnet/store.ts'
import { observeVolume } from './volume/observe.ts'
import { volumeInformer } from './volume/store.ts'
import { observeVPC } from './vpc/observe.ts'
import { vpcInformer } from './vpc/store.ts'

const addressAt = (index: number): string => `10.0.${16 + Math.floor(index / 256)}.${index % 256}`

/** One of many that are launched: in the same subnet, half of them in the same group. */
const neighbour = (index: number): StoredInstance => {
  const instance = stored({}, { status: { privateIPAddress: addressAt(index) } })
  const groups = index % 2 === 0 ? {} : { securityGroupRefs: [{ name: 'web' }] }
  const spec = instanceSpec.parse({ instanceType: 't3.micro', imageRef: { name: 'debian' }, subnetRef: { name: 'public-a' }, ...groups })
  return { ...instance, metadata: { ...instance.metadata, name: `n-${index}`, uid: `uid-${index}` }, spec }
}

type Reads = { count: number }

/** Counts every object and every key that the stores hand out. */
const counted = (cache: Cache, reads: Reads): Cache => ({
  of: (spec) => {
    const store = cache.of(spec)
    const all = <T extends { length: number }>(found: T): T => {
      reads.count += found.length
      return found
    }
    return {
      get: key => {
        reads.count++
        return store.get(key)
      },
      list: () => all([...store.list()]),
      by: (index, value) => all(store.by(index, value)),
      keysBy: (index, value) => all(store.keysBy(index, value)),
      count: (index, value) => {
        reads.count++
        return store.count(index, value)
      },
      size: store.size,
    }
  },
})

const beside = (neighbours: number, instance: StoredInstance): Cache => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  const others = Array.from({ length: neighbours }, (_, index) => neighbour(index))
  return cacheOf(
    hold(vpcInformer, world.vpc), hold(subnetInformer, { ...world.subnet, spec: { ...world.subnet.spec, cidrBlock: '10.0.0.0/16' } }),
    hold(securityGroupInformer, world.defaultGroup, world.web), hold(instanceTypeInformer, world.micro),
    hold(instanceInformer, instance, ...others), hold(volumeInformer, ...volumesFor(instance), ...others.flatMap(each => volumesFor(each))),
    hold(virtualMachineInformer, ...others.map(each => ({ ...machineFor(each), metadata: { ...machineFor(each).metadata, uid: `vm-${each.metadata.uid}` } }))),
  )
}

const anywhere = (instance: StoredInstance): StoredInstance => {
  const { privateIPAddress: _, ...spec } = instance.spec
  return { ...instance, spec }
}
const launched = anywhere(stored({}, { status: { privateIPAddress: '10.0.1.5' } }))
const passes: Record<string, { of?: StoredInstance; observe: (cache: Cache, instance: StoredInstance) => unknown }> = {
  'an instance that has no address yet': {
    of: anywhere(stored()), observe: (cache, instance) => observeInstance(createAddressLedger())(instance, cache),
  },
  'an instance that asks for an address': { of: stored(), observe: (cache, instance) => observeInstance(createAddressLedger())(instance, cache) },
  'an instance that has its address': { observe: (cache, instance) => observeInstance(createAddressLedger())(instance, cache) },
  'a volume': { observe: cache => observeVolume(volumeInformer.trim(volumesFor(launched)[0] as never), cache) },
  'a subnet': { observe: cache => observeSubnet(world.subnet as unknown as Subnet, cache) },
  'a group': { observe: cache => observeSecurityGroup(world.web as unknown as SecurityGroup, cache) },
  'the default group': { observe: cache => observeSecurityGroup(world.defaultGroup as unknown as SecurityGroup, cache) },
  'a VPC': { observe: cache => observeVPC(world.vpc as unknown as VPC, cache) },
}

for (const [what, { of = launched, observe }] of Object.entries(passes)) {
  test(`${what} costs no more beside 1,000 instances than beside 3`, t => {
    const [few = 0, many = 0] = [3, 1000].map(neighbours => {
      const reads = { count: 0 }
      observe(counted(beside(neighbours, of), reads), of)
      return reads.count
    })
    t.true(few > 0)
    // Where the address from which the search starts is taken, it goes on to the next.
    t.true(many <= few + 6, `${few} reads beside 3, ${many} beside 1000`)
  })
}
