import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { withCondition } from './conditions.ts'
import { capacity, formatAddress, formatRanges, overlap, parseAddress, parseBlock, parseExclusions } from './ipam.ts'
import type { Ip, Subnet, Vpc } from './types.ts'

export const finalizer = 'kubeovn.io/kube-ovn-controller'
export const defaultVpc = 'ovn-cluster'
export const defaultSubnet = 'ovn-default'

/** Kube-OVN's Subnets: defaults, validation, and how many addresses are left. */
export const subnetController = (control: Control): StandInController => ({
  name: 'kube-ovn-subnets',
  watches: [
    watching(specs.subnets, (subnet, cache) => [...cache.of(specs.subnets).by('vpc', vpcOf(subnet)).map(({ metadata }) => metadata.name), subnet.metadata.name]),
    watching(specs.ips, (ip) => [ip.spec.subnet]),
    watching(specs.vpcs, (vpc, cache) => cache.of(specs.subnets).by('vpc', vpc.metadata.name).map(({ metadata }) => metadata.name)),
  ],
  reconcile: (key) => reconcile(control, key),
})

export const vpcOf = ({ spec }: Subnet): string => spec.vpc ?? defaultVpc

const reconcile = async (control: Control, key: string): Promise<number | undefined> => {
  const subnet = control.cache.of(specs.subnets).get(key)
  if (subnet === undefined) return undefined
  const ips = control.cache.of(specs.ips).by('subnet', key)
  if (subnet.metadata.deletionTimestamp !== undefined) return letGo(control, subnet, ips)
  const formatted = await control.patch(resources.subnets, subnet, formatSubnet(subnet))
  const problem = subnetProblem(formatted, control.cache.of(specs.vpcs).get(vpcOf(formatted)), control.cache.of(specs.subnets).by('vpc', vpcOf(formatted)))
  await control.patchStatus(resources.subnets, formatted, subnetStatus(formatted, ips, problem, control.now()))
  return undefined
}

/** What Kube-OVN fills in: the first address as gateway, the gateway excluded, its own finalizer. */
export const formatSubnet = (subnet: Subnet): Subnet => {
  const { spec, metadata } = subnet
  const finalizers = metadata.finalizers?.includes(finalizer) === true ? metadata.finalizers : [...(metadata.finalizers ?? []), finalizer]
  const defaults = { protocol: 'IPv4', provider: 'ovn', vpc: defaultVpc, gatewayType: 'distributed', enableLb: true, ...spec }
  if (spec.cidrBlock === undefined || !isIpv4Block(spec.cidrBlock)) return { ...subnet, metadata: { ...metadata, finalizers }, spec: defaults }
  const gateway = spec.gateway === undefined || spec.gateway === '' ? formatAddress(parseBlock(spec.cidrBlock).first + 1) : spec.gateway
  const excluded = spec.excludeIps ?? []
  const covered = safely(() => parseExclusions(excluded).some(([from, to]) => parseAddress(gateway) >= from && parseAddress(gateway) <= to)) ?? true
  return { ...subnet, metadata: { ...metadata, finalizers }, spec: { ...defaults, gateway, excludeIps: covered ? excluded : [...excluded, gateway] } }
}

const isIpv4Block = (cidr: string): boolean => safely(() => parseBlock(cidr)) !== undefined

const safely = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Why Kube-OVN refuses a Subnet; undefined when it doesn't. */
export const subnetProblem = (subnet: Subnet, vpc: Vpc | undefined, neighbours: readonly Subnet[]): string | undefined => {
  const { name } = subnet.metadata
  const { cidrBlock = '', excludeIps = [] } = subnet.spec
  if (!isIpv4Block(cidrBlock)) return `subnet ${name} cidr ${cidrBlock} is invalid`
  if (overlap(cidrBlock, '169.254.0.0/16') || overlap(cidrBlock, '127.0.0.0/8')) return `${cidrBlock} conflict with v4 link local or loopback cidr`
  if (safely(() => parseExclusions(excludeIps)) === undefined) return `invalid ip range in excludeIps ${excludeIps.join(',')}`
  if (name === vpcOf(subnet)) return `subnet name ${name} is the same as its vpc`
  if (vpc === undefined) return `vpc ${vpcOf(subnet)} not found`
  const other = neighbours.find(({ metadata, spec }) => metadata.name !== name && isIpv4Block(spec.cidrBlock ?? '') && overlap(spec.cidrBlock ?? '', cidrBlock) && older(metadata, subnet.metadata))
  return other === undefined ? undefined : `subnet ${name} cidr ${cidrBlock} is conflict with subnet ${other.metadata.name} cidr ${other.spec.cidrBlock}`
}

/** Of two Subnets that overlap, the later one is at fault. */
const older = (a: Subnet['metadata'], b: Subnet['metadata']): boolean =>
  (a.creationTimestamp ?? '') < (b.creationTimestamp ?? '') || (a.creationTimestamp === b.creationTimestamp && a.uid < b.uid)

/** The status of a Subnet with the addresses that are taken from it. */
export const subnetStatus = (subnet: Subnet, ips: readonly Ip[], problem: string | undefined, now: string): NonNullable<Subnet['status']> => {
  const observedGeneration = subnet.metadata.generation ?? 1
  const set = (conditions: Parameters<typeof withCondition>[0], type: string, good: boolean, reason: string) =>
    withCondition(conditions, { type, status: good ? 'True' : 'False', reason, observedGeneration, message: good ? '' : (problem ?? '') }, now)
  if (problem !== undefined) {
    const failed = 'ValidateLogicalSwitchFailed'
    const conditions = set(set(subnet.status?.conditions, 'Validated', false, failed), 'Ready', false, failed)
    return { ...subnet.status, conditions: withCondition(conditions, { type: 'Error', status: 'True', reason: failed, message: problem, observedGeneration }, now) }
  }
  const kept = subnet.status?.conditions?.filter(({ type }) => type !== 'Error')
  const conditions = set(set(kept, 'Validated', true, 'ValidateLogicalSwitchSuccess'), 'Ready', true, 'ResetLogicalSwitchAclSuccess')
  return { ...emptyStatus, ...subnet.status, conditions, ...addressCounts(subnet, ips) }
}

const emptyStatus = {
  activateGateway: '',
  dhcpV4OptionsUUID: '',
  dhcpV6OptionsUUID: '',
  u2oInterconnectionIP: '',
  u2oInterconnectionMAC: '',
  u2oInterconnectionVPC: '',
  natOutgoingPolicyRules: [],
  mcastQuerierIP: '',
  mcastQuerierMAC: '',
  v6availableIPs: 0,
  v6availableIPrange: '',
  v6usingIPs: 0,
  v6usingIPrange: '',
}

const addressCounts = ({ spec: { cidrBlock = '', excludeIps = [] } }: Subnet, ips: readonly Ip[]) => {
  const used = ips.map(({ spec }) => parseAddress(spec.v4IpAddress))
  return {
    v4usingIPs: used.length,
    v4usingIPrange: formatRanges(used),
    v4availableIPs: Math.max(0, capacity(cidrBlock, excludeIps) - used.length),
    v4availableIPrange: availableRanges(cidrBlock, excludeIps, used),
  }
}

const availableRanges = (cidr: string, excludeIps: readonly string[], used: readonly number[]): string => {
  const block = parseBlock(cidr)
  const holes: [number, number][] = [...parseExclusions(excludeIps), ...used.map((address): [number, number] => [address, address])]
  const ranges: string[] = []
  let from = block.first + 1
  const last = block.first + block.size - 1
  for (const [start, end] of [...holes.sort(([a], [b]) => a - b), [last, last] as [number, number]]) {
    if (start > from) ranges.push(start - 1 === from ? formatAddress(from) : `${formatAddress(from)}-${formatAddress(start - 1)}`)
    from = Math.max(from, end + 1)
  }
  return ranges.join(',')
}

/** A Subnet stays while addresses of it are in use. */
const letGo = async (control: Control, subnet: Subnet, ips: readonly Ip[]): Promise<number | undefined> => {
  if (ips.length > 0) return undefined
  const finalizers = (subnet.metadata.finalizers ?? []).filter((each) => each !== finalizer)
  await control.patch(resources.subnets, subnet, { ...subnet, metadata: { ...subnet.metadata, finalizers } })
  return undefined
}
