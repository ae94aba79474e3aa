import type { RuleCases } from '../rule-cases.ts'
import { snapshot } from './snapshot.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

const ofInstance = { volumeRef: undefined, instanceRef: { name: 'web' } }

export const snapshotCases: RuleCases = {
  definition: snapshot,
  base: { volumeRef: { name: 'data' } },
  cases: [
    { title: 'of a volume' },
    ...tagCases,
    ...named('volumeRef', name => ({ volumeRef: { name } })),
    { title: 'of an instance', spec: ofInstance },
    { title: 'that another namespace may use', spec: { createVolumePermissions: { namespaces: ['other'] } } },
    { title: 'that is shared with a namespace that can\'t be', spec: { createVolumePermissions: { namespaces: ['a.b'] } }, refused: 'must be the name of a namespace' },
    { title: 'that is shared later', spec: { createVolumePermissions: { public: true } }, was: {} },
    { title: 'of nothing', spec: { volumeRef: undefined }, refused: 'spec: a Snapshot needs exactly one of volumeRef' },
    { title: 'of both', spec: { instanceRef: { name: 'web' } }, refused: 'spec: a Snapshot needs exactly one of volumeRef' },
    ...fixed('volumeRef', { name: 'data' }, { name: 'logs' }),
    { title: 'whose instance stays', spec: { ...ofInstance, tags: { a: 'b' } }, was: ofInstance },
    { title: 'whose instance changes', spec: { ...ofInstance, instanceRef: { name: 'db' } }, was: ofInstance, refused: 'spec.instanceRef: instanceRef is immutable' },
    { title: 'of a volume, then of an instance', spec: ofInstance, was: {}, refused: 'spec.volumeRef: volumeRef is immutable, also when it was left out' },
  ],
}
