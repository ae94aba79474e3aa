import type { RuleCases } from '../rule-cases.ts'
import { named, tagCases } from './tags.cases.ts'
import { volumeType } from './volume-type.ts'

export const volumeTypeCases: RuleCases = {
  definition: volumeType,
  base: { storageClassName: 'fast' },
  cases: [
    { title: 'with the least that it needs', name: 'gp3' },
    ...tagCases,
    ...named('storageClassName', storageClassName => ({ storageClassName })),
    { title: 'with a name of 64 characters', name: 'a'.repeat(64), refused: 'metadata.name of a VolumeType must have at most 63 characters' },
    { title: 'with limits', spec: { iops: { perGiB: 500, min: 3000, max: 16000 }, throughput: { min: 125, max: 1000 }, sizeLimits: { min: '1Gi', max: '16Ti' } } },
    { title: 'whose least iops are over the most', spec: { iops: { min: 2, max: 1 } }, refused: 'spec.iops: iops.min must not be more than iops.max' },
    { title: 'whose least throughput is over the most', spec: { throughput: { min: 2, max: 1 } }, refused: 'throughput.min must not be more than throughput.max' },
    { title: 'whose iops come with the size', spec: { iops: { perGiB: 3, min: 100, max: 16000, scalesWithSize: true } } },
    { title: 'whose iops come with the size, which doesn\'t say how many', spec: { iops: { scalesWithSize: true } }, refused: 'spec.iops: iops.scalesWithSize needs iops.perGiB' },
    {
      title: 'whose throughput comes with the size, which doesn\'t say how much', spec: { throughput: { scalesWithSize: true } },
      refused: 'spec.throughput: throughput.scalesWithSize needs throughput.perTiB',
    },
    { title: 'with parameters for its driver', spec: { volumeAttributeParameters: { iops: '{iops}', throughput: '{throughput}', tier: 'fast' } } },
    {
      title: 'with a parameter that has no name', spec: { volumeAttributeParameters: { '': 'fast' } },
      refused: 'spec.volumeAttributeParameters: volumeAttributeParameters: every name must have 1 to 128 characters',
    },
    { title: 'whose smallest size is over the largest', spec: { sizeLimits: { min: '1Ti', max: '1Gi' } }, refused: 'sizeLimits.min must not be more than sizeLimits.max' },
    { title: 'with a smallest size of 1k', spec: { sizeLimits: { min: '1k' } }, refused: 'spec.sizeLimits.min: sizeLimits.min must be from 1Mi to 64Ti' },
    { title: 'with a largest size of 65Ti', spec: { sizeLimits: { max: '65Ti' } }, refused: 'spec.sizeLimits.max: sizeLimits.max must be from 1Mi to 64Ti' },
  ],
}
