import type { RuleCases } from '../rule-cases.ts'
import { instance } from './instance.ts'
import { deviced, fixed, fixedIfAny, named, tagCases, zoned } from './tags.cases.ts'

const root = { deviceName: '/dev/sda1', size: '20Gi' }
const data = { deviceName: '/dev/sdb', size: '50Gi', iops: 3000, throughput: 125 }
const restored = { deviceName: '/dev/sdb', snapshotRef: { name: 'data' } }
const fromDevice = (deviceName: string) => ({ deviceName: '/dev/sdb', snapshotRef: { name: 's', namespace: 'other', deviceName } })
const device = (change: Record<string, unknown>) => ({ blockDevices: [root, { ...data, ...change }] })
const onDevice = (field: string) => `spec.blockDevices[1].${field}: ${field} is immutable`

export const instanceCases: RuleCases = {
  definition: instance,
  base: { instanceType: 't3.micro', imageRef: { name: 'debian-12' }, subnetRef: { name: 'public-a' } },
  cases: [
    { title: 'with the least that it needs' },
    ...tagCases,
    ...named('imageRef', name => ({ imageRef: { name } })),
    ...zoned(availabilityZone => ({ placement: { availabilityZone } })),
    ...deviced(deviceName => ({ blockDevices: [{ deviceName, size: '1Gi' }] })),
    { title: 'with an image of a namespace that can\'t be', spec: { imageRef: { name: 'a', namespace: 'a.b' } }, refused: 'must be the name of a namespace' },
    { title: 'with an image of another namespace', spec: { imageRef: { name: 'a', namespace: 'images' } } },
    { title: 'with a Secret\'s key that can\'t be', spec: { userDataSecretRef: { name: 'a', key: 'a/b' } }, refused: 'must be a key of the Secret' },
    { title: 'with a highest price in words', spec: { market: { type: 'Spot', maxPrice: 'cheap' } }, refused: 'market.maxPrice must be a decimal number' },
    { title: 'with a host name as its name', name: 'web-1' },
    { title: 'with dots in its name', name: 'web.example', refused: 'metadata.name: an Instance\'s name becomes the host name' },
    { title: 'with a name of 253 characters', name: 'a'.repeat(253), refused: 'use at most 63' },
    ...fixed('imageRef', { name: 'debian-12' }, { name: 'debian-13' }),
    ...fixed('subnetRef', { name: 'public-a' }, { name: 'public-b' }),
    ...fixedIfAny('privateIPAddress', '10.0.1.5', '10.0.1.6'),
    ...fixedIfAny('keyPairRef', { name: 'ops' }, { name: 'dev' }),
    ...fixed('market', { type: 'OnDemand' }, { type: 'Spot' }),
    { title: 'with an IPv6 address as privateIPAddress', spec: { privateIPAddress: 'fd00::1:2' }, refused: 'privateIPAddress must be an IPv4 address' },
    { title: 'with an octet over 255 in privateIPAddress', spec: { privateIPAddress: '10.0.1.256' }, refused: 'privateIPAddress must be an IPv4 address' },
    { title: 'whose instance type changes', spec: { instanceType: 't3.large' }, was: {} },
    { title: 'that is stopped', spec: { state: 'Stopped' }, was: {} },
    { title: 'with user data of 16 KiB', spec: { userData: 'x'.repeat(16384) } },
    { title: 'with user data of over 16 KiB in fewer characters', spec: { userData: 'é'.repeat(8193) }, refused: 'spec.userData: userData has more than 16384 bytes' },
    { title: 'with user data from a Secret', spec: { userDataSecretRef: { name: 'web', key: 'userdata' } } },
    {
      title: 'with user data twice', spec: { userData: '#!/bin/sh', userDataSecretRef: { name: 'web', key: 'userdata' } },
      refused: 'spec: userData and userDataSecretRef exclude each other',
    },
    { title: 'with a root disk and a data disk', spec: { blockDevices: [root, data] } },
    { title: 'with a disk from a snapshot', spec: { blockDevices: [{ deviceName: '/dev/sda1' }, restored] } },
    { title: 'with a disk from one volume of a snapshot', spec: { blockDevices: [root, fromDevice('/dev/xvdb')] } },
    { title: 'with a disk from a volume that no guest knows', spec: { blockDevices: [root, fromDevice('/dev/disk1')] }, refused: 'must be a device name' },
    {
      title: 'with a disk from a snapshot of a namespace that can\'t be',
      spec: { blockDevices: [root, { deviceName: '/dev/sdb', snapshotRef: { name: 's', namespace: 'a.b' } }] }, refused: 'must be the name of a namespace',
    },
    { title: 'with a disk as its image has it', spec: { blockDevices: [root, { deviceName: '/dev/sdb' }] } },
    { title: 'without a disk of its image', spec: { blockDevices: [root, { deviceName: '/dev/sdb', noDevice: true }] } },
    { title: 'with a disk that is none', spec: device({ noDevice: true }), refused: 'spec.blockDevices[1]: noDevice leaves the disk out' },
    { title: 'with a disk that stays and is none', spec: { blockDevices: [root, { deviceName: '/dev/sdb', noDevice: true, deleteOnTermination: false }] }, refused: 'noDevice leaves the disk out' },
    { title: 'without a root', spec: { blockDevices: [{ deviceName: '/dev/sda1', noDevice: true }] }, refused: 'which no instance is without' },
    {
      title: 'that gets a disk of its image later', spec: { blockDevices: [root, { deviceName: '/dev/sdb' }] },
      was: { blockDevices: [root, { deviceName: '/dev/sdb', noDevice: true }] }, refused: 'spec.blockDevices[1].noDevice: noDevice is immutable',
    },
    { title: 'with a root disk from a snapshot', spec: { blockDevices: [{ ...root, snapshotRef: { name: 'x' } }] }, refused: 'leave its snapshotRef out' },
    { title: 'with a disk of 1k', spec: { blockDevices: [{ ...root, size: '1k' }] }, refused: 'spec.blockDevices[0].size: size must be from 1Mi to 64Ti' },
    { title: 'whose disks stay', spec: { blockDevices: [root, data], tags: { a: 'b' } }, was: { blockDevices: [root, data] } },
    { title: 'whose disk is to go with it', spec: { blockDevices: [root, { ...data, deleteOnTermination: true }] }, was: { blockDevices: [root, data] } },
    { title: 'that gets disks later', spec: { blockDevices: [root] }, was: {}, refused: 'spec.blockDevices: blockDevices are made at launch' },
    { title: 'that loses its disks', spec: {}, was: { blockDevices: [root] }, refused: 'spec.blockDevices: blockDevices are made at launch' },
    { title: 'that gets a further disk', spec: { blockDevices: [root, data] }, was: { blockDevices: [root] }, refused: 'can\'t be added, removed or reordered' },
    { title: 'whose disks change places', spec: { blockDevices: [data, root] }, was: { blockDevices: [root, data] }, refused: 'can\'t be added, removed or reordered' },
    { title: 'whose disk grows', spec: device({ size: '60Gi' }), was: device({}), refused: onDevice('size') },
    { title: 'whose disk gets other iops', spec: device({ iops: 4000 }), was: device({}), refused: onDevice('iops') },
    { title: 'whose disk gets another throughput', spec: device({ throughput: 200 }), was: device({}), refused: onDevice('throughput') },
    { title: 'whose disk gets another type', spec: device({ volumeType: 'io2' }), was: device({}), refused: onDevice('volumeType') },
    { title: 'whose disk loses its type', spec: device({}), was: device({ volumeType: 'gp3' }), refused: onDevice('volumeType') },
    { title: 'whose disk is said not to be encrypted, which it is not', spec: device({ encrypted: false }), was: device({}) },
    { title: 'whose disk is no longer said to be encrypted', spec: device({}), was: device({ encrypted: true }), refused: onDevice('encrypted') },
    { title: 'whose disk becomes encrypted', spec: device({ encrypted: true }), was: device({}), refused: onDevice('encrypted') },
    { title: 'whose disk gets a snapshot', spec: device({ snapshotRef: { name: 'x' } }), was: device({}), refused: onDevice('snapshotRef') },
    { title: 'in a placement group', spec: { placement: { groupRef: { name: 'pg' }, partition: 1 } } },
    { title: 'with a partition of no group', spec: { placement: { partition: 1 } }, refused: 'spec.placement: placement.partition needs placement.groupRef' },
    { title: 'whose tenancy changes', spec: { placement: { tenancy: 'Dedicated' } }, was: {} },
    { title: 'whose zone stays', spec: { placement: { availabilityZone: 'a' }, state: 'Stopped' }, was: { placement: { availabilityZone: 'a' } } },
    { title: 'whose zone changes', spec: { placement: { availabilityZone: 'a' } }, was: { placement: { availabilityZone: 'b' } },
      refused: 'spec.placement.availabilityZone: placement.availabilityZone is immutable' },
    { title: 'that gets a zone later', spec: { placement: { availabilityZone: 'a' } }, was: {}, refused: 'placement.availabilityZone is immutable' },
    { title: 'on the spot market', spec: { market: { type: 'Spot', maxPrice: '0.05', interruptionBehavior: 'Stop' } } },
    { title: 'on demand with a highest price', spec: { market: { type: 'OnDemand', maxPrice: '0.05' } }, refused: 'spec.market: market: maxPrice and interruptionBehavior' },
  ],
}
