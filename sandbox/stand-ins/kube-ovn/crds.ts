import { crd, flag, listOf, open, text, whole } from '../crds.ts'
import type { Column, CrdInput } from '../crds.ts'

const column = (name: string, jsonPath: string, type = 'string'): Column => ({ name, type, jsonPath })
const clustered = (input: Omit<CrdInput, 'group' | 'version' | 'cluster'>) => crd({ group: 'kubeovn.io', version: 'v1', cluster: true, ...input })

const rule = open({
  ipVersion: { type: 'string', enum: ['ipv4', 'ipv6'] },
  protocol: { type: 'string', enum: ['all', 'icmp', 'tcp', 'udp'] },
  priority: { type: 'integer', minimum: 1, maximum: 16384 },
  remoteType: { type: 'string', enum: ['address', 'securityGroup'] },
  remoteAddress: text,
  remoteSecurityGroup: text,
  portRangeMin: { type: 'integer', minimum: 1, maximum: 65535 },
  portRangeMax: { type: 'integer', minimum: 1, maximum: 65535 },
  policy: { type: 'string', enum: ['allow', 'drop', 'pass'] },
})

/** The kinds of Kube-OVN 1.16 and Multus that Kumulus uses. */
export const kubeOvnCrds = [
  clustered({
    kind: 'Vpc', plural: 'vpcs', shortNames: ['vpc'], status: true,
    columns: [
      column('EnableExternal', '.status.enableExternal', 'boolean'),
      column('EnableBfd', '.status.enableBfd', 'boolean'),
      column('Standby', '.status.standby', 'boolean'),
      column('Subnets', '.status.subnets'),
      column('ExtraExternalSubnets', '.status.extraExternalSubnets'),
      column('Namespaces', '.spec.namespaces'),
      column('DefaultSubnet', '.status.defaultLogicalSwitch'),
    ],
    schema: {
      properties: {
        spec: open({
          namespaces: listOf(text),
          defaultSubnet: text,
          enableExternal: flag,
          extraExternalSubnets: listOf(text),
          staticRoutes: listOf(open({ policy: text, cidr: text, nextHopIP: text, routeTable: text, ecmpMode: text })),
          policyRoutes: listOf(open({ priority: whole, match: text, action: text, nextHopIP: text })),
          vpcPeerings: listOf(open({ remoteVpc: text, localConnectIP: text })),
        }),
      },
    },
  }),
  clustered({
    kind: 'Subnet', plural: 'subnets', shortNames: ['subnet'], status: true,
    columns: [
      column('Provider', '.spec.provider'),
      column('Vpc', '.spec.vpc'),
      column('Vlan', '.spec.vlan'),
      column('Protocol', '.spec.protocol'),
      column('CIDR', '.spec.cidrBlock'),
      column('Private', '.spec.private', 'boolean'),
      column('NAT', '.spec.natOutgoing', 'boolean'),
      column('Default', '.spec.default', 'boolean'),
      column('GatewayType', '.spec.gatewayType'),
      column('V4Used', '.status.v4usingIPs', 'number'),
      column('V4Available', '.status.v4availableIPs', 'number'),
      column('V6Used', '.status.v6usingIPs', 'number'),
      column('V6Available', '.status.v6availableIPs', 'number'),
      column('ExcludeIPs', '.spec.excludeIps'),
      column('U2OInterconnectionIP', '.status.u2oInterconnectionIP'),
    ],
    schema: {
      properties: {
        spec: open({
          vpc: text, cidrBlock: text, gateway: text, excludeIps: listOf(text), provider: text, protocol: text, gatewayType: text, private: flag,
          natOutgoing: flag, default: flag, enableDHCP: flag, enableLb: flag, allowSubnets: listOf(text),
          namespaces: listOf(text), routeTable: text, mtu: whole,
          acls: listOf(open({ direction: text, priority: whole, match: text, action: text })),
        }),
      },
    },
  }),
  clustered({
    kind: 'IP', plural: 'ips', shortNames: ['ip'],
    columns: [column('V4IP', '.spec.v4IpAddress'), column('V6IP', '.spec.v6IpAddress'), column('Mac', '.spec.macAddress'), column('Node', '.spec.nodeName'), column('Subnet', '.spec.subnet')],
  }),
  clustered({
    kind: 'SecurityGroup', plural: 'security-groups', singular: 'security-group', shortNames: ['sg'], status: true,
    schema: { properties: { spec: open({ ingressRules: listOf(rule), egressRules: listOf(rule), allowSameGroupTraffic: flag }) } },
  }),
  clustered({
    kind: 'OvnEip', plural: 'ovn-eips', singular: 'ovn-eip', shortNames: ['oeip'], status: true,
    columns: [
      column('V4IP', '.status.v4Ip'), column('V6IP', '.status.v6Ip'), column('Mac', '.status.macAddress'), column('Type', '.status.type'), column('Nat', '.status.nat'),
      column('Ready', '.status.ready', 'boolean'), column('ExternalSubnet', '.spec.externalSubnet'),
    ],
  }),
  clustered({
    kind: 'OvnFip', plural: 'ovn-fips', singular: 'ovn-fip', shortNames: ['ofip'], status: true,
    columns: [
      column('Vpc', '.status.vpc'), column('Type', '.spec.type'), column('V4Eip', '.status.v4Eip'), column('V6Eip', '.status.v6Eip'), column('V4Ip', '.status.v4Ip'),
      column('V6Ip', '.status.v6Ip'), column('Ready', '.status.ready', 'boolean'), column('IpType', '.spec.ipType'), column('IpName', '.spec.ipName'),
    ],
  }),
  clustered({
    kind: 'OvnSnatRule', plural: 'ovn-snat-rules', singular: 'ovn-snat-rule', shortNames: ['osnat'], status: true,
    columns: [
      column('Vpc', '.status.vpc'), column('V4Eip', '.status.v4Eip'), column('V6Eip', '.status.v6Eip'), column('V4IpCidr', '.status.v4IpCidr'), column('V6IpCidr', '.status.v6IpCidr'),
      column('Ready', '.status.ready', 'boolean'),
    ],
  }),
  crd({
    group: 'k8s.cni.cncf.io', version: 'v1', kind: 'NetworkAttachmentDefinition', plural: 'network-attachment-definitions', singular: 'network-attachment-definition',
    shortNames: ['net-attach-def'], schema: { properties: { spec: open({ config: text }) } },
  }),
]
