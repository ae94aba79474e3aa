import { mapOf } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import type { NetworkObjects, RoutedVpc } from './objects.ts'
import { podPorts } from './ports.ts'

/**
 * A router's address translation: external addresses one to one with inner ones, and those that blocks leave by.
 * Source: kube-ovn v1.16.2, pkg/controller/ovn_fip.go and ovn_snat.go.
 */
export const natRows = ({ metadata: { name } }: RoutedVpc, objects: NetworkObjects): Row[] => {
  const rows = [...floating(name, objects), ...sources(name, objects)]
  // As upstream: what says the same as one that is there is no second one.
  return [...new Map(rows.map((row) => [row.key, row])).values()]
}

type Nat = { type: 'snat' | 'dnat_and_snat'; outer: string; inner: string; port?: { name: string; mac: string } | undefined; stateless?: boolean }

const natRow = (vpc: string, { type, outer, inner, port, stateless }: Nat): Row => ({
  table: 'NAT',
  key: [vpc, type, outer, inner].join(' '),
  columns: {
    type, external_ip: outer, logical_ip: inner,
    external_mac: port === undefined ? [] : [port.mac], logical_port: port === undefined ? [] : [port.name],
    options: mapOf(stateless === undefined ? {} : { stateless: String(stateless) }),
  },
})

const addressOf = ({ ovnEips }: NetworkObjects, name: string | undefined): string | undefined =>
  ovnEips.find(({ metadata }) => metadata.name === name)?.status?.v4Ip

const floating = (vpc: string, objects: NetworkObjects): Row[] => objects.ovnFips.flatMap(({ metadata, spec = {} }) => {
  const outer = addressOf(objects, spec.ovnEip)
  if (outer === undefined || metadata.deletionTimestamp !== undefined) return []
  const stateless = spec.type === 'distributed'
  if ((spec.ipName ?? '') === '') {
    return spec.vpc !== vpc || spec.v4Ip === undefined ? [] : [natRow(vpc, { type: 'dnat_and_snat', outer, inner: spec.v4Ip, stateless })]
  }
  const port = podPorts(objects).find(({ name }) => name === spec.ipName)
  const inner = port?.addresses[0]
  if (port === undefined || inner === undefined || vpcOfSubnet(objects, port.subnet) !== vpc) return []
  return [natRow(vpc, { type: 'dnat_and_snat', outer, inner, port, stateless })]
})

const sources = (vpc: string, objects: NetworkObjects): Row[] => objects.ovnSnatRules.flatMap(({ metadata, spec = {} }) => {
  const outer = addressOf(objects, spec.ovnEip)
  const subnet = (spec.v4IpCidr ?? '') === '' ? objects.subnets.find((each) => each.metadata.name === spec.vpcSubnet) : undefined
  const inner = subnet?.spec.cidrBlock ?? spec.v4IpCidr
  const router = subnet === undefined ? spec.vpc : subnet.spec.vpc
  if (outer === undefined || inner === undefined || router !== vpc || metadata.deletionTimestamp !== undefined) return []
  return [natRow(vpc, { type: 'snat', outer, inner })]
})

const vpcOfSubnet = ({ subnets }: NetworkObjects, name: string): string | undefined =>
  subnets.find(({ metadata }) => metadata.name === name)?.spec.vpc
