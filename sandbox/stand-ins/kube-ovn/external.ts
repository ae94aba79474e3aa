import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { allocate } from './ipam.ts'
import type { OvnEip, OvnFip, OvnSnatRule } from './types.ts'

/** External addresses: drawn from the external Subnet, or the one that is asked for. As upstream, only `spec.v4Ip` is checked for being taken. */
export const ovnEipController = (control: Control): StandInController => ({
  name: 'kube-ovn-eips',
  watches: [
    watching(specs.ovnEips, ({ metadata }) => [metadata.name]),
    watching(specs.ovnFips, ({ spec }) => (spec?.ovnEip === undefined ? [] : [spec.ovnEip])),
    watching(specs.ovnSnatRules, ({ spec }) => (spec?.ovnEip === undefined ? [] : [spec.ovnEip])),
    watching(specs.subnets, (_, cache) => [...cache.of(specs.ovnEips).list()].map(({ metadata }) => metadata.name)),
  ],
  reconcile: async (key) => {
    const eip = control.cache.of(specs.ovnEips).get(key)
    if (eip === undefined || eip.metadata.deletionTimestamp !== undefined) return undefined
    const address = eip.status?.v4Ip ?? (await drawAddress(control, eip))
    if (address === undefined) return 5000
    await control.patchStatus(resources.ovnEips, eip, {
      ...eip.status,
      v4Ip: address,
      v6Ip: '',
      macAddress: eip.spec?.macAddress ?? control.names.mac('eip', eip.metadata.uid),
      type: eip.spec?.type ?? 'nat',
      nat: natsOf(control, key).join(','),
      ready: true,
    })
    return undefined
  },
})

const natsOf = (control: Control, eip: string): string[] => [
  ...([...control.cache.of(specs.ovnFips).list()].some(({ spec }) => spec?.ovnEip === eip) ? ['fip'] : []),
  ...([...control.cache.of(specs.ovnSnatRules).list()].some(({ spec }) => spec?.ovnEip === eip) ? ['snat'] : []),
]

const drawAddress = async (control: Control, eip: OvnEip): Promise<string | undefined> => {
  const subnet = control.cache.of(specs.subnets).get(eip.spec?.externalSubnet ?? '')
  if (subnet?.spec.cidrBlock === undefined) return undefined
  const others = [...control.cache.of(specs.ovnEips).list()].filter(({ metadata }) => metadata.uid !== eip.metadata.uid)
  const taken = new Map<string, string>()
  for (const { spec, status, metadata } of others) {
    for (const address of [spec?.v4Ip, status?.v4Ip]) if (address !== undefined) taken.set(address, metadata.name)
  }
  const { cidrBlock, excludeIps = [] } = subnet.spec
  const requested = eip.spec?.v4Ip === '' ? undefined : eip.spec?.v4Ip
  const result = allocate({ cidr: cidrBlock, excludeIps, taken, port: eip.metadata.name, requested })
  if ('address' in result) return result.address
  await control.event(eip, 'kube-ovn-controller', 'Warning', 'AcquireAddressFailed', result.error)
  return undefined
}

/** Floating addresses: an external address one to one with an inner one. */
export const ovnFipController = (control: Control): StandInController => ({
  name: 'kube-ovn-fips',
  watches: [
    watching(specs.ovnFips, ({ metadata }) => [metadata.name]),
    watching(specs.ovnEips, (_, cache) => [...cache.of(specs.ovnFips).list()].map(({ metadata }) => metadata.name)),
    watching(specs.ips, (_, cache) => [...cache.of(specs.ovnFips).list()].map(({ metadata }) => metadata.name)),
  ],
  reconcile: async (key) => {
    const fip = control.cache.of(specs.ovnFips).get(key)
    const outer = externalAddress(control, fip)
    const inner = fip === undefined ? undefined : innerOf(control, fip)
    if (fip === undefined || outer === undefined || inner === undefined) return undefined
    await control.patchStatus(resources.ovnFips, fip, { ...fip.status, vpc: inner.vpc, v4Eip: outer, v4Ip: inner.address, v6Eip: '', v6Ip: '', ready: true })
    return undefined
  },
})

const externalAddress = (control: Control, rule: OvnFip | OvnSnatRule | undefined): string | undefined => {
  const eip = control.cache.of(specs.ovnEips).get(rule?.spec?.ovnEip ?? '')
  return eip?.status?.ready === true ? eip.status.v4Ip : undefined
}

/** By the IP object that is named, or by an address in a Vpc. */
const innerOf = (control: Control, { spec }: OvnFip): { address: string; vpc: string } | undefined => {
  const ip = control.cache.of(specs.ips).get(spec?.ipName ?? '')
  const subnet = control.cache.of(specs.subnets).get(ip?.spec.subnet ?? '')
  if (ip !== undefined) return { address: ip.spec.v4IpAddress, vpc: subnet?.spec.vpc ?? '' }
  return spec?.vpc === undefined || spec.v4Ip === undefined ? undefined : { address: spec.v4Ip, vpc: spec.vpc }
}

/** Source NAT of a Subnet, or of a block in a Vpc, to an external address. */
export const ovnSnatController = (control: Control): StandInController => ({
  name: 'kube-ovn-snat-rules',
  watches: [
    watching(specs.ovnSnatRules, ({ metadata }) => [metadata.name]),
    watching(specs.ovnEips, (_, cache) => [...cache.of(specs.ovnSnatRules).list()].map(({ metadata }) => metadata.name)),
    watching(specs.subnets, (_, cache) => [...cache.of(specs.ovnSnatRules).list()].map(({ metadata }) => metadata.name)),
  ],
  reconcile: async (key) => {
    const rule = control.cache.of(specs.ovnSnatRules).get(key)
    const outer = externalAddress(control, rule)
    const subnet = control.cache.of(specs.subnets).get(rule?.spec?.vpcSubnet ?? '')
    const block = subnet?.spec.cidrBlock ?? rule?.spec?.v4IpCidr
    if (rule === undefined || outer === undefined || block === undefined) return undefined
    const vpc = subnet?.spec.vpc ?? rule.spec?.vpc ?? ''
    await control.patchStatus(resources.ovnSnatRules, rule, { ...rule.status, vpc, v4Eip: outer, v4IpCidr: block, v6Eip: '', v6IpCidr: '', ready: true })
    return undefined
  },
})
