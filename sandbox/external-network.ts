import { type Client, isConflict } from '../operator/runtime/client.ts'
import { resources } from './stand-ins/resources.ts'

/** The pool of examples/network/ lies in what is excluded here: Kube-OVN draws addresses of routers from the rest. */
const externalSubnet = {
  apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'external' },
  spec: {
    cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', protocol: 'IPv4', vpc: 'ovn-cluster', vlan: 'external',
    excludeIps: ['203.0.113.1', '203.0.113.16..203.0.113.63'],
  },
}

/**
 * What a platform team makes with Kube-OVN before anybody has a public address: a Subnet of the network outside. Where there is one of its name that
 * is left as it is.
 */
export const installExternalNetwork = async (client: Client): Promise<void> => {
  await client.create(resources.subnets, externalSubnet).catch((error: unknown) => {
    if (!isConflict(error)) throw error
  })
}
