import type { RuleCases } from '../rule-cases.ts'
import { networkInterface } from './network-interface.ts'
import { fixed, fixedIfAny, named, tagCases } from './tags.cases.ts'

const attached = (name: string, deviceIndex = 1) => ({ attachment: { instanceRef: { name }, deviceIndex } })

export const networkInterfaceCases: RuleCases = {
  definition: networkInterface,
  base: { subnetRef: { name: 'data-a' } },
  cases: [
    { title: 'with the least that it needs' },
    ...tagCases,
    ...named('subnetRef', name => ({ subnetRef: { name } })),
    ...named('securityGroupRefs', name => ({ securityGroupRefs: [{ name }] })),
    { title: 'with dots in its name', name: 'data.a', refused: 'metadata.name: a NetworkInterface\'s name becomes part of a port\'s name' },
    ...fixed('subnetRef', { name: 'data-a' }, { name: 'data-b' }),
    ...fixedIfAny('privateIPAddress', '10.0.1.5', '10.0.1.6'),
    { title: 'with an IPv6 address', spec: { privateIPAddress: 'fd00::5' }, refused: 'privateIPAddress must be an IPv4 address inside the subnet' },
    { title: 'whose groups change', spec: { securityGroupRefs: [{ name: 'web' }] }, was: {} },
    { title: 'that is attached', spec: attached('web'), was: {} },
    { title: 'that stays attached', spec: { ...attached('web'), sourceDestCheck: false }, was: attached('web') },
    { title: 'that is detached', was: attached('web') },
    { title: 'that moves to another instance', spec: attached('db'), was: attached('web'), refused: 'spec.attachment.instanceRef: attachment.instanceRef is immutable: take the attachment off' },
    { title: 'that moves to another place', spec: attached('web', 2), was: attached('web'), refused: 'spec.attachment.deviceIndex: attachment.deviceIndex is immutable' },
  ],
}
