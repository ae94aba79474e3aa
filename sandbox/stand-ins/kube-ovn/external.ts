import type { KubeObject } from '../../../crds/kubernetes.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import type { StandInResource } from '../resources.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { allocate } from './ipam.ts'
import { finalizer } from './subnet.ts'
import type { OvnEip, OvnFip, OvnSnatRule } from './types.ts'

/** By this label on what uses an address, and by nothing else, Kube-OVN knows that it is in use. */
export const addressLabel = 'ovn.kubernetes.io/eip_v4_ip'
const usedBy = 'ovn.kubernetes.io/vpc_nat'
const usesEip = 'ovn.kubernetes.io/vpc_eip'

/** Milliseconds until Kube-OVN's queue tries again what has failed. */
const again = 5000

/** External addresses: drawn from the external Subnet, or the one that is asked for. */
export const ovnEipController = (control: Control): StandInController => ({
  name: 'kube-ovn-eips',
  watches: [
    watching(specs.ovnEips, ({ metadata }) => [metadata.name]),
    watching(specs.ovnFips, ({ spec }) => (spec?.ovnEip === undefined ? [] : [spec.ovnEip])),
    watching(specs.ovnSnatRules, ({ spec }) => (spec?.ovnEip === undefined ? [] : [spec.ovnEip])),
    watching(specs.subnets, (_, cache) => notReady(cache.of(specs.ovnEips).list()).map(({ metadata }) => metadata.name)),
  ],
  reconcile: async (key) => {
    const eip = control.cache.of(specs.ovnEips).get(key)
    if (eip === undefined) return undefined
    if (eip.metadata.deletionTimestamp !== undefined) {
      if (natsOf(control, eip.spec?.v4Ip).length === 0) await letGo(control, resources.ovnEips, eip)
      return undefined
    }
    const address = eip.status?.v4Ip ?? (await takeAddress(control, eip))
    if (address === undefined) return again
    const nat = natsOf(control, address).join(',')
    const filled = await control.patch(resources.ovnEips, eip, filledIn(control, eip, address, nat === ''))
    const { macAddress = '', type = 'nat' } = filled.spec ?? {}
    await control.patchStatus(resources.ovnEips, filled, { ...filled.status, v4Ip: address, v6Ip: '', macAddress, type, nat, ready: true })
    return undefined
  },
})

/** Kube-OVN writes a MAC address of its own over any other. Its finalizer comes with a drawn address, and else when the first use has ended. */
const filledIn = (control: Control, eip: OvnEip, address: string, isFree: boolean): OvnEip => {
  const { metadata, spec = {} } = eip
  const macAddress = eip.status?.macAddress as string | undefined ?? control.names.mac('eip', metadata.uid)
  const { externalSubnet = '', type = 'nat' } = spec
  const labels = { ...metadata.labels, 'ovn.kubernetes.io/subnet': externalSubnet, 'ovn.kubernetes.io/ovn_eip_type': type, [addressLabel]: address }
  const isHeld = metadata.finalizers?.includes(finalizer) === true
  const holds = isHeld || spec.v4Ip === undefined || (isFree && metadata.annotations?.[usedBy] !== undefined)
  const finalizers = holds && !isHeld ? [...(metadata.finalizers ?? []), finalizer] : metadata.finalizers
  return {
    ...eip,
    metadata: { ...metadata, labels, ...(finalizers === undefined ? {} : { finalizers }) },
    spec: { ...spec, v4Ip: address, macAddress, type },
  }
}

const natsOf = (control: Control, address: string | undefined): string[] => {
  const uses = ({ metadata }: KubeObject) => address !== undefined && metadata.labels?.[addressLabel] === address
  return [
    ...([...control.cache.of(specs.ovnFips).list()].some(uses) ? ['fip'] : []),
    ...([...control.cache.of(specs.ovnSnatRules).list()].some(uses) ? ['snat'] : []),
  ]
}

const letGo = async (control: Control, resource: StandInResource, object: KubeObject): Promise<void> => {
  const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer)
  await control.patch(resource, object, { ...object, metadata: { ...object.metadata, finalizers } })
}

/** Also one that is asked for goes through Kube-OVN's books: who comes second waits until it is free. */
const takeAddress = async (control: Control, eip: OvnEip): Promise<string | undefined> => {
  const subnet = control.cache.of(specs.subnets).get(eip.spec?.externalSubnet ?? '')
  if (subnet?.spec.cidrBlock === undefined) return undefined
  const others = [...control.cache.of(specs.ovnEips).list()].filter(({ metadata }) => metadata.uid !== eip.metadata.uid)
  const taken = new Map<string, string>()
  for (const { status, metadata } of others) if (status?.v4Ip !== undefined) taken.set(status.v4Ip, metadata.name)
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
    watching(specs.ovnEips, ({ metadata }, cache) => waitingFor(cache.of(specs.ovnFips).list(), metadata.name)),
    watching(specs.ips, (_, cache) => waitingFor(cache.of(specs.ovnFips).list())),
    watching(specs.vpcs, (_, cache) => waitingFor(cache.of(specs.ovnFips).list())),
  ],
  reconcile: async (key) => {
    const fip = control.cache.of(specs.ovnFips).get(key)
    if (fip === undefined) return undefined
    if (fip.metadata.deletionTimestamp !== undefined) return void (await letGo(control, resources.ovnFips, fip))
    if (fip.status?.ready === true) return undefined
    const eip = control.cache.of(specs.ovnEips).get(fip.spec?.ovnEip ?? '')
    const inner = innerOf(control, fip)
    const outer = eip?.status?.v4Ip
    if (eip === undefined || outer === undefined || inner === undefined) return again
    if (control.cache.of(specs.vpcs).get(inner.vpc) === undefined || isTwice(control, fip, outer)) return again
    const held = await claim(control, resources.ovnFips, fip, eip, { vpc: inner.vpc, address: outer })
    const { vpc, address } = inner
    await control.patchStatus(resources.ovnFips, held, { ...held.status, vpc, v4Eip: outer, v4Ip: address, v6Eip: '', v6Ip: '', ready: true })
    return undefined
  },
})

/** What is made is looked at no more: no change of it is taken. */
const waitingFor = (rules: Iterable<OvnFip | OvnSnatRule>, eip?: string): string[] =>
  notReady(rules).filter(({ spec }) => eip === undefined || spec?.ovnEip === eip).map(({ metadata }) => metadata.name)

const notReady = <T extends { status?: { ready?: boolean } }>(objects: Iterable<T>): T[] =>
  [...objects].filter(({ status }) => status?.ready !== true)

const isTwice = (control: Control, { metadata }: OvnFip, address: string): boolean =>
  [...control.cache.of(specs.ovnFips).list()].some(({ metadata: other }) => other.name !== metadata.name && other.labels?.[addressLabel] === address)

/** Finalizer and label of what uses an address, and that it is used on the address. */
const claim = async <T extends OvnFip | OvnSnatRule>(
  control: Control, resource: StandInResource, rule: T, eip: OvnEip, { vpc, address }: { vpc: string; address: string },
): Promise<T> => {
  const { metadata } = rule
  const finalizers = metadata.finalizers?.includes(finalizer) === true ? metadata.finalizers : [...(metadata.finalizers ?? []), finalizer]
  const held = await control.patch(resource, rule, {
    ...rule,
    metadata: {
      ...metadata,
      finalizers,
      labels: { ...metadata.labels, [addressLabel]: address },
      annotations: { ...metadata.annotations, [usesEip]: eip.metadata.name },
    },
  })
  await control.patch(resources.ovnEips, eip, {
    ...eip,
    metadata: {
      ...eip.metadata,
      labels: { ...eip.metadata.labels, 'ovn.kubernetes.io/vpc': vpc },
      annotations: { ...eip.metadata.annotations, [usedBy]: metadata.name },
    },
  })
  return held
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
    watching(specs.ovnEips, ({ metadata }, cache) => waitingFor(cache.of(specs.ovnSnatRules).list(), metadata.name)),
    watching(specs.subnets, (_, cache) => waitingFor(cache.of(specs.ovnSnatRules).list())),
    watching(specs.vpcs, (_, cache) => waitingFor(cache.of(specs.ovnSnatRules).list())),
  ],
  reconcile: async (key) => {
    const rule = control.cache.of(specs.ovnSnatRules).get(key)
    if (rule === undefined) return undefined
    if (rule.metadata.deletionTimestamp !== undefined) return void (await letGo(control, resources.ovnSnatRules, rule))
    if (rule.status?.ready === true) return undefined
    const eip = control.cache.of(specs.ovnEips).get(rule.spec?.ovnEip ?? '')
    const subnet = control.cache.of(specs.subnets).get(rule.spec?.vpcSubnet ?? '')
    const outer = eip?.status?.v4Ip
    const block = rule.spec?.v4IpCidr ?? subnet?.spec.cidrBlock
    const vpc = rule.spec?.v4IpCidr === undefined ? (subnet?.spec.vpc ?? '') : (rule.spec.vpc ?? '')
    if (eip === undefined || outer === undefined || block === undefined || control.cache.of(specs.vpcs).get(vpc) === undefined) return again
    const held = await claim(control, resources.ovnSnatRules, rule, eip, { vpc, address: outer })
    await control.patchStatus(resources.ovnSnatRules, held, { ...held.status, vpc, v4Eip: outer, v4IpCidr: block, v6Eip: '', v6IpCidr: '', ready: true })
    return undefined
  },
})
