import type { RuleCases } from '../rule-cases.ts'
import { deviced, fixed, fixedIfAny, named, sized, tagCases, zoned } from './tags.cases.ts'
import { volume } from './volume.ts'

export const volumeCases: RuleCases = {
  definition: volume,
  base: { availabilityZone: 'zone-a', size: '20Gi' },
  cases: [
    { title: 'with the least that it needs' },
    ...tagCases,
    ...named('kmsKeyRef', name => ({ kmsKeyRef: { name } })),
    ...zoned(availabilityZone => ({ availabilityZone })),
    { title: 'from an image of a namespace that can\'t be', spec: { imageRef: { name: 'a', namespace: 'a.b' } }, refused: 'must be the name of a namespace' },
    { title: 'from a snapshot', spec: { size: undefined, snapshotRef: { name: 's' } } },
    ...deviced(deviceName => ({ snapshotRef: { name: 's', namespace: 'other', deviceName } })),
    { title: 'from a snapshot of a namespace that can\'t be', spec: { snapshotRef: { name: 'a', namespace: 'a.b' } }, refused: 'must be the name of a namespace' },
    { title: 'from an image', spec: { size: undefined, imageRef: { name: 'debian-12', namespace: 'images' } } },
    { title: 'of no size', spec: { size: undefined }, refused: 'spec: size is required unless snapshotRef or imageRef is given' },
    { title: 'from a snapshot and an image', spec: { snapshotRef: { name: 's' }, imageRef: { name: 'i' } }, refused: 'spec: snapshotRef and imageRef exclude each other' },
    ...sized('size', '1Mi', '64Ti'),
    { title: 'that grows', spec: { size: '21Gi' }, was: {} },
    { title: 'whose size is written another way', spec: { size: '20480Mi' }, was: {} },
    { title: 'that shrinks', spec: { size: '20479Mi' }, was: {}, refused: 'spec.size: size can only grow' },
    { title: 'that loses its size', spec: { size: undefined, snapshotRef: { name: 's' } }, was: { snapshotRef: { name: 's' } }, refused: 'spec.size: size can\'t be removed' },
    { title: 'that gets its size later', spec: { snapshotRef: { name: 's' } }, was: { size: undefined, snapshotRef: { name: 's' } } },
    { title: 'whose type and speed change', spec: { volumeType: 'io2', iops: 5000, throughput: 500 }, was: {} },
    ...fixed('availabilityZone', 'zone-a', 'zone-b'),
    ...fixed('encrypted', false, true),
    ...fixed('multiAttach', false, true),
    ...fixedIfAny('kmsKeyRef', { name: 'a' }, { name: 'b' }),
    ...fixedIfAny('snapshotRef', { name: 'a' }, { name: 'b' }),
    ...fixedIfAny('imageRef', { name: 'a' }, { name: 'a', namespace: 'other' }),
  ],
}
