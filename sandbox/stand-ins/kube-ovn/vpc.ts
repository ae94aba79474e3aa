import { createHash } from 'node:crypto'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { defaultSubnet, defaultVpc, finalizer, vpcOf } from './subnet.ts'
import type { SecurityGroup, Vpc } from './types.ts'

/** Kube-OVN's Vpcs: a logical router each. The default one and its Subnet are there from the start. */
export const vpcController = (control: Control): StandInController => ({
  name: 'kube-ovn-vpcs',
  watches: [
    watching(specs.vpcs, ({ metadata }) => [metadata.name]),
    watching(specs.subnets, (subnet, cache) => [
      vpcOf(subnet),
      ...[...cache.of(specs.vpcs).list()].filter((vpc) => externalOf(vpc).includes(subnet.metadata.name)).map(({ metadata }) => metadata.name),
    ]),
  ],
  reconcile: (key) => reconcile(control, key),
})

const reconcile = async (control: Control, key: string): Promise<number | undefined> => {
  const vpc = control.cache.of(specs.vpcs).get(key)
  if (vpc === undefined) return key === defaultVpc ? createDefaults(control) : undefined
  const subnets = control.cache.of(specs.subnets).by('vpc', key).map(({ metadata }) => metadata.name).sort()
  if (vpc.metadata.deletionTimestamp !== undefined) {
    // Upstream refuses too: a router with ports can't be removed.
    if (subnets.length > 0) return undefined
    await disconnect(control, vpc, [])
    const finalizers = (vpc.metadata.finalizers ?? []).filter((each) => each !== finalizer)
    await control.patch(resources.vpcs, vpc, { ...vpc, metadata: { ...vpc.metadata, finalizers } })
    return undefined
  }
  const finalizers = vpc.metadata.finalizers?.includes(finalizer) === true ? vpc.metadata.finalizers : [...(vpc.metadata.finalizers ?? []), finalizer]
  const held = await control.patch(resources.vpcs, vpc, { ...vpc, metadata: { ...vpc.metadata, finalizers } })
  await connect(control, held)
  await disconnect(control, held, externalOf(held))
  await control.patchStatus(resources.vpcs, held, vpcStatus(held, subnets))
  return undefined
}

const externalOf = ({ spec }: Vpc): readonly string[] => (spec?.enableExternal === true ? spec.extraExternalSubnets ?? [] : [])

/** An address for the router on each network of public addresses, of that network's Subnet and in Kube-OVN's books as all others are. */
const connect = async (control: Control, vpc: Vpc): Promise<void> => {
  for (const externalSubnet of externalOf(vpc)) {
    const name = `${vpc.metadata.name}-${externalSubnet}`
    if (control.cache.of(specs.subnets).get(externalSubnet) === undefined || control.cache.of(specs.ovnEips).get(name) !== undefined) continue
    await control.create(resources.ovnEips, { apiVersion: 'kubeovn.io/v1', kind: 'OvnEip', metadata: { name }, spec: { externalSubnet, type: 'lrp' } })
  }
}

/** Gives back the router's address on each network that it was connected to and isn't any more. */
const disconnect = async (control: Control, { metadata, status }: Vpc, wanted: readonly string[]): Promise<void> => {
  for (const gone of (status?.extraExternalSubnets ?? []).filter((each) => !wanted.includes(each))) {
    const eip = control.cache.of(specs.ovnEips).get(`${metadata.name}-${gone}`)
    if (eip?.metadata.deletionTimestamp === undefined && eip !== undefined) await control.remove(resources.ovnEips, eip)
  }
}

const createDefaults = async (control: Control): Promise<number> => {
  await control.create(resources.vpcs, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: defaultVpc }, spec: {} })
  const spec = { vpc: defaultVpc, cidrBlock: '10.16.0.0/16', default: true, natOutgoing: true, provider: 'ovn', protocol: 'IPv4' }
  await control.create(resources.subnets, { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: defaultSubnet }, spec })
  return 0
}

/** The status of a Vpc whose router is there. */
export const vpcStatus = (vpc: Vpc, subnets: readonly string[]): NonNullable<Vpc['status']> => {
  const { name } = vpc.metadata
  const balancers = ['tcp', 'udp', 'sctp'].flatMap((protocol) => [
    [`${protocol}LoadBalancer`, `vpc-${name}-${protocol}-load`],
    [`${protocol}SessionLoadBalancer`, `vpc-${name}-${protocol}-sess-load`],
  ])
  return {
    ...vpc.status,
    ...Object.fromEntries(balancers),
    standby: true,
    default: name === defaultVpc,
    defaultLogicalSwitch: name === defaultVpc ? defaultSubnet : (vpc.spec?.defaultSubnet ?? ''),
    router: name,
    subnets: [...subnets],
    vpcPeerings: (vpc.spec?.vpcPeerings ?? []).map(({ remoteVpc }) => remoteVpc),
    enableExternal: vpc.spec?.enableExternal ?? false,
    extraExternalSubnets: vpc.spec?.extraExternalSubnets ?? [],
    enableBfd: vpc.spec?.enableBfd ?? false,
    bfdPort: { ip: '', name: '', nodes: [] },
  }
}

/** Kube-OVN's SecurityGroups: a port group each. A group that a rule names must exist first. */
export const securityGroupController = (control: Control): StandInController => ({
  name: 'kube-ovn-security-groups',
  watches: [watching(specs.securityGroups, (_, cache) => [...cache.of(specs.securityGroups).list()].map(({ metadata }) => metadata.name))],
  reconcile: async (key) => {
    const group = control.cache.of(specs.securityGroups).get(key)
    if (group === undefined) return undefined
    if (group.metadata.deletionTimestamp !== undefined) {
      const finalizers = (group.metadata.finalizers ?? []).filter((each) => each !== finalizer)
      await control.patch(resources.securityGroups, group, { ...group, metadata: { ...group.metadata, finalizers } })
      return undefined
    }
    const others = (group.metadata.finalizers ?? []).filter((each) => each !== finalizer)
    const finalizers = [...others, finalizer]
    const held = await control.patch(resources.securityGroups, group, { ...group, metadata: { ...group.metadata, finalizers } })
    const known = (name: string) => control.cache.of(specs.securityGroups).get(name) !== undefined
    await control.patchStatus(resources.securityGroups, held, securityGroupStatus(held, known))
    return undefined
  },
})

/** A rule that names a missing group keeps its whole direction from being set. */
export const securityGroupStatus = (group: SecurityGroup, known: (name: string) => boolean): NonNullable<SecurityGroup['status']> => {
  const { ingressRules = [], egressRules = [], allowSameGroupTraffic = false } = group.spec ?? {}
  const complete = (rules: typeof ingressRules) => rules.every(({ remoteType, remoteSecurityGroup = '' }) => remoteType !== 'securityGroup' || known(remoteSecurityGroup))
  const digest = (rules: object) => createHash('md5').update(JSON.stringify(rules)).digest('hex')
  return {
    portGroup: `ovn.sg.${group.metadata.name}`.replaceAll('-', '.'),
    allowSameGroupTraffic,
    ingressMd5: digest(ingressRules),
    egressMd5: digest(egressRules),
    ingressLastSyncSuccess: complete(ingressRules),
    egressLastSyncSuccess: complete(egressRules),
  }
}
