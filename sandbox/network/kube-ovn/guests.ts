import { isIPv4 } from 'node:net'
import { formatAddress, parseBlock } from '../../stand-ins/kube-ovn/ipam.ts'
import type { Host } from '../ovn/lab.ts'
import type { NetworkObjects, SwitchedSubnet } from './objects.ts'
import { podPorts } from './ports.ts'
import { podHosts } from './rows.ts'

/** The port of a machine that logins are led to. */
const SSH = 22

/** EC2 keeps the fourth address of a subnet for later: nobody has it, and so it can be the door by which a machine is reached past its network. */
const RESERVED = 3

/** A machine that runs in a pod: UID of the VirtualMachineInstance, and its host. */
export type GuestHost = { uid: string; host: Host }

/**
 * The hosts of pods in which machines run: with the first of a pod's ports, since no more are plugged into a real machine, and with what
 * virt-launcher tells it of that. Source: kubevirt v1.9.0, pkg/network/dhcp.
 */
export const guestHosts = (objects: NetworkObjects): GuestHost[] => {
  const hosts = new Map(podHosts(objects).map((host) => [host.interfaces[0]?.port, host]))
  return podPorts(objects).flatMap(({ name, pod, subnet }) => {
    const uid = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachineInstance')?.uid
    const host = hosts.get(name)
    const of = objects.subnets.find(({ metadata }) => metadata.name === subnet)
    if (uid === undefined || host === undefined || of === undefined) return []
    const { nameservers = [], searches = [] } = pod.spec.dnsConfig ?? {}
    const guest = { address: reservedIn(of), loginPort: SSH, nameServers: nameservers.filter(isIPv4), searchDomains: searches }
    return [{ uid, host: { ...host, interfaces: host.interfaces.slice(0, 1), guest } }]
  })
}

const reservedIn = ({ spec: { cidrBlock = '' } }: SwitchedSubnet): string =>
  `${formatAddress(parseBlock(cidrBlock).first + RESERVED)}/${cidrBlock.split('/')[1]}`
