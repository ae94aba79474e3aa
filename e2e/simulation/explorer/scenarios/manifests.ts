import { web } from '../../instance-cloud.ts'
import type { Manifest } from '../scenario.ts'

export const anInstance = (name: string, spec: object = {}): Manifest => ({ kind: 'Instance', name, spec: { ...web, ...spec } })

/** One whose address the operator chooses. */
export const anyAddress = (name: string, spec: object = {}): Manifest => {
  const { privateIPAddress: _, ...rest } = web
  return { kind: 'Instance', name, spec: { ...rest, ...spec } }
}

export const aVPC = (name: string, cidr = '10.0.0.0/16'): Manifest => ({ kind: 'VPC', name, spec: { cidrBlocks: [cidr] } })

export const aSubnet = (name: string, cidrBlock: string, vpc = 'main'): Manifest =>
  ({ kind: 'Subnet', name, spec: { vpcRef: { name: vpc }, cidrBlock, availabilityZone: 'zone-a' } })

export const aGroup = (name: string, ingressRules: readonly object[] = [], vpc = 'main'): Manifest =>
  ({ kind: 'SecurityGroup', name, spec: { vpcRef: { name: vpc }, ingressRules } })

/** All traffic from the members of another group. */
export const from = (group: string): object => ({ protocol: 'all', securityGroupRef: { name: group } })

export const aVolume = (name: string, spec: object = {}): Manifest => ({ kind: 'Volume', name, spec: { availabilityZone: 'zone-a', size: '1Gi', ...spec } })

export const anImage = (name: string, file = 'linux.img'): Manifest =>
  ({ kind: 'Image', name, spec: { source: { http: { url: `http://127.0.0.1:18080/${file}` } }, minSize: '64Mi' } })
