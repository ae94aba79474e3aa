import { formatAddress, parseBlock } from '../../stand-ins/kube-ovn/ipam.ts'
import { mapOf, referenceTo } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import { EXTERNAL_NETWORK } from '../ovn/switch.ts'
import { type Acl, aclRows, priorities } from './acls.ts'
import type { NetworkObjects, SwitchedSubnet } from './objects.ts'
import { portRows, portsIn } from './ports.ts'
import { macOf, routerPort } from './vpc.ts'

/**
 * A Subnet's switch: its pods' ports, the link to the router or to the nodes' own network, its rules, and what DHCP tells.
 * Source: kube-ovn v1.16.2, handleAddOrUpdateSubnet in pkg/controller/subnet.go.
 */
export const subnetRows = (subnet: SwitchedSubnet, objects: NetworkObjects): Row[] => {
  const { name } = subnet.metadata
  const dhcp = dhcpRows(subnet)
  const ports = [...portRows(portsIn(name, objects), dhcp[0]), ...(isExternal(subnet) ? externalLinks(subnet, objects) : [link(name, vpcOf(subnet))])]
  const acls = aclRows(name, [...privateAcls(subnet), ...ownAcls(subnet)])
  const columns = { name, ports: ports.map(({ table, key }) => referenceTo(table, key)), acls: acls.references }
  return [{ table: 'Logical_Switch', key: name, columns }, ...ports, ...acls.rows, ...dhcp]
}

/** Subnets whose router is that of a Vpc, as far as Kube-OVN takes them. */
export const subnetsOf = (vpc: string, { subnets }: NetworkObjects): SwitchedSubnet[] =>
  subnets.filter((subnet) => !isExternal(subnet) && vpcOf(subnet) === vpc && isValid(subnet))

export const isValid = ({ spec, status }: SwitchedSubnet): boolean =>
  spec.cidrBlock !== undefined && spec.gateway !== undefined && status?.conditions?.some(({ type, status: is }) => type === 'Validated' && is === 'False') !== true

/** On a VLAN of the nodes: there gateways have their public addresses. */
export const isExternal = ({ spec }: SwitchedSubnet): boolean => (spec.vlan ?? '') !== ''

export const vpcOf = ({ spec }: SwitchedSubnet): string => spec.vpc ?? 'ovn-cluster'

/** An address with the prefix length of its block. */
export const networkOf = (address = '', block = ''): string => `${address}/${block.split('/')[1] ?? ''}`

const link = (subnet: string, vpc: string): Row => {
  const name = `${subnet}-${vpc}`
  const options = mapOf({ 'router-port': routerPort(vpc, subnet) })
  return { table: 'Logical_Switch_Port', key: name, columns: { name, type: 'router', addresses: ['router'], options } }
}

const externalLinks = ({ metadata: { name } }: SwitchedSubnet, { vpcs, ovnEips }: NetworkObjects): Row[] => {
  const routers = vpcs.filter(({ metadata, spec }) => spec?.enableExternal === true && spec.extraExternalSubnets?.includes(name) === true
    && ovnEips.some((eip) => eip.metadata.name === routerPort(metadata.name, name) && eip.status?.v4Ip !== undefined))
  const localnet = `localnet.${name}`
  return [
    {
      table: 'Logical_Switch_Port', key: localnet,
      columns: { name: localnet, type: 'localnet', addresses: ['unknown'], options: mapOf({ network_name: EXTERNAL_NETWORK }) },
    },
    ...routers.map(({ metadata }) => link(name, metadata.name)),
  ]
}

const ownAcls = ({ spec }: SwitchedSubnet): Acl[] => {
  if (spec.acls === undefined || spec.acls.length === 0) return []
  const within = `ip4.src == ${spec.cidrBlock} && ip4.dst == ${spec.cidrBlock}`
  const eastWest = (['to-lport', 'from-lport'] as const).map((direction): Acl => ({ direction, priority: priorities.eastWest, match: within, action: 'allow' }))
  return [...(spec.allowEWTraffic === true ? eastWest : []), ...spec.acls]
}

/** What `private` lets in: the Subnet's own, and the blocks that it names. Source: SetLogicalSwitchPrivate in pkg/ovs/ovn-nb-acl.go. */
const privateAcls = ({ spec }: SwitchedSubnet): Acl[] => {
  if (spec.private !== true) return []
  const between = (one = '', other = '') => `ip4.src == ${one} && ip4.dst == ${other}`
  const allow = (match: string): Acl => ({ direction: 'to-lport', priority: priorities.subnetAllow, match, action: 'allow-related' })
  const blocks = (spec.allowSubnets ?? []).map((block) => block.trim()).filter((block) => block !== '' && !block.includes(':'))
  return [
    { direction: 'to-lport', priority: priorities.subnetDrop, match: 'ip', action: 'drop' },
    allow(between(spec.cidrBlock, spec.cidrBlock)),
    ...blocks.map((block) => allow(`(${between(spec.cidrBlock, block)}) || (${between(block, spec.cidrBlock)})`)),
  ]
}

/** Source: buildDHCPv4Options in pkg/ovs/ovn-nb-dhcp_options.go, as far as it says more than `dhcpV4Options` does. */
const dhcpRows = ({ metadata: { name }, spec }: SwitchedSubnet): Row[] => {
  if (spec.enableDHCP !== true) return []
  const given = (spec.dhcpV4Options ?? '').split(/,(?![^{]*\})/).map((pair) => pair.split('=').map((part) => part.trim())).filter(([key]) => key !== '')
  const options = {
    lease_time: '3600', router: spec.gateway ?? formatAddress(parseBlock(spec.cidrBlock ?? '').first + 1), server_id: '169.254.0.254',
    server_mac: macOf(`dhcp ${name}`), mtu: String(spec.mtu ?? 1400), ...(Object.fromEntries(given) as Record<string, string>),
  }
  return [{ table: 'DHCP_Options', key: name, columns: { cidr: spec.cidrBlock ?? '', options: mapOf(options) } }]
}
