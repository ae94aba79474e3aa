import type { RuleCases } from '../rule-cases.ts'
import { instanceType } from './instance-type.ts'
import { fixed, fixedIfAny, sized, tagCases } from './tags.cases.ts'

const disk = (size: string) => ({ instanceStore: [{ size, media: 'NVMe' }] })

export const instanceTypeCases: RuleCases = {
  definition: instanceType,
  base: { vcpus: 2, memory: '1Gi' },
  cases: [
    { title: 'with the least that it needs', name: 't3.micro' },
    ...tagCases,
    { title: 'with a GPU of no maker', spec: { gpus: [{ deviceName: 'gpu', count: 1 }] }, refused: 'must be a device resource' },
    { title: 'with a GPU', spec: { gpus: [{ deviceName: 'nvidia.com/GA102GL_A10', count: 1 }] } },
    { title: 'with a name of 64 characters', name: 'a'.repeat(64), refused: 'metadata.name of an InstanceType must have at most 63 characters' },
    ...fixed('vcpus', 2, 4),
    ...fixed('memory', '1Gi', '2Gi'),
    ...fixed('architecture', 'x86_64', 'arm64'),
    ...fixed('dedicatedCPU', false, true),
    ...fixedIfAny('gpus', [{ deviceName: 'nvidia.com/A10', count: 1 }], [{ deviceName: 'nvidia.com/A10', count: 2 }]),
    ...fixedIfAny('instanceStore', [{ size: '100G', media: 'NVMe' }], [{ size: '200G', media: 'NVMe' }]),
    ...sized('memory', '32Mi', '64Ti'),
    { title: 'with a disk of the host', spec: disk('100G') },
    { title: 'with a disk of the host of 1k', spec: disk('1k'), refused: 'spec.instanceStore[0].size: size must be from 1Mi to 64Ti' },
    { title: 'that is deprecated', spec: { state: 'Deprecated' }, was: {} },
    { title: 'that bursts', spec: { network: { baselineMbps: 100, burstMbps: 5000 } } },
    { title: 'that bursts below its baseline', spec: { network: { baselineMbps: 100, burstMbps: 50 } }, refused: 'network.burstMbps must be at least' },
  ],
}
