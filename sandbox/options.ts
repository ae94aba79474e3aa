import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { NodeOptions } from './stand-ins/scheduling/nodes.ts'

export type SandboxOptions = {
  /** Where state is kept over restarts; a temporary directory that vanishes at the end when undefined. */
  dataDirectory: string | undefined
  port: number
  imagePort: number
  hypervisor: 'simulated' | 'qemu'
  /** QEMU may be given up for simulated guests where it can't be had, since nobody asked for it by name. */
  fallback: boolean
  kubeconfig: string | undefined
  /** A real cluster to work on, instead of an API server of our own. */
  cluster: { kubeconfig: string; address: string; realKubeVirt: boolean; realKubeOVN: boolean } | undefined
  /** Upstream's own definitions, where there are such. */
  crdFolder: string | undefined
  nodes: NodeOptions[] | undefined
  openNetwork: boolean
  /** A network of each guest's own, made by QEMU, or a real OVN that the stand-in for Kube-OVN drives. */
  network: 'user' | 'ovn'
}

export const HELP = `A cloud on one machine: a Kubernetes API server with stand-ins for KubeVirt, CDI, Kube-OVN and CSI, and guests run by QEMU.

Usage: node sandbox/main.ts [flags]

  --data DIR            keep everything in DIR over restarts (default: a temporary directory, removed at the end)
  --port N              port of the API server on 127.0.0.1 (default 0: a free one)
  --image-port N        port that the guest image is served at (default 18080, or a free one when that is taken)
  --hypervisor KIND     qemu (default where it is installed or can be) or simulated; also by SANDBOX_HYPERVISOR
  --kubeconfig FILE     where the administrator's kubeconfig is written (default: in DIR, else .sandbox/kubeconfig)
  --cluster FILE        work on the real Kubernetes of this kubeconfig, which has no CDI: stand-ins for that and more join it
  --kubevirt KIND       of that cluster: played (default), or installed where virt-api and virt-controller run: then only a node's part is played
  --kube-ovn KIND       of that cluster: played (default), or installed where kube-ovn-controller runs: then nothing of it is played
  --address IP          address of this machine at which that API server reaches it (default 127.0.0.1)
  --upstream-crds DIR   install the CustomResourceDefinitions of this folder; our small ones only where it has none
  --nodes N             number of nodes, spread over zone-a and zone-b (default 2)
  --node-cpu N          CPUs of a node (default 64)
  --node-memory SIZE    memory of a node (default 256Gi)
  --network KIND        user (default: what a guest reaches is no matter of VPCs) or ovn: a real OVN, private to the sandbox, carries what VPCs, routes and
                        groups let through between guests, the simulated ones too, which send and answer then; also by SANDBOX_NETWORK
  --guest-network KIND  isolated (default: guests reach nothing, only their SSH port is reachable) or open (guests reach what this machine reaches)
  --help                this text
`

/** @throws Error with a message for whoever typed it. */
export const parseOptions = (args: string[], environment: Record<string, string | undefined>): SandboxOptions | 'help' => {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' }, port: { type: 'string', default: '0' }, 'image-port': { type: 'string' }, hypervisor: { type: 'string' },
      kubeconfig: { type: 'string' }, nodes: { type: 'string' }, 'node-cpu': { type: 'string', default: '64' },
      'node-memory': { type: 'string', default: '256Gi' }, 'guest-network': { type: 'string', default: 'isolated' }, help: { type: 'boolean', default: false },
      network: { type: 'string' }, cluster: { type: 'string' }, kubevirt: { type: 'string', default: 'played' },
      'kube-ovn': { type: 'string', default: 'played' }, address: { type: 'string', default: '127.0.0.1' }, 'upstream-crds': { type: 'string' },
    },
  })
  if (values.help) return 'help'
  const asked = values.hypervisor ?? environment['SANDBOX_HYPERVISOR']
  const network = oneOf('--network', values.network ?? environment['SANDBOX_NETWORK'] ?? 'user', ['user', 'ovn'] as const)
  const hypervisor = oneOf('--hypervisor', asked ?? 'qemu', ['simulated', 'qemu'] as const)
  const realKubeVirt = oneOf('--kubevirt', values.kubevirt, ['played', 'installed'] as const) === 'installed'
  const realKubeOVN = oneOf('--kube-ovn', values['kube-ovn'], ['played', 'installed'] as const) === 'installed'
  if (realKubeOVN && network === 'ovn') throw new Error('--network ovn is driven by the stand-in for Kube-OVN: leave it out where --kube-ovn is installed')
  const openNetwork = oneOf('--guest-network', values['guest-network'], ['isolated', 'open'] as const) === 'open'
  if (openNetwork && network === 'ovn') throw new Error('--guest-network open is for guests with --network user: on ovn their VPCs say what they reach')
  const dataDirectory = values.data === undefined ? undefined : resolve(values.data)
  return {
    dataDirectory,
    port: numberOf('--port', values.port, 0, 65_535),
    imagePort: numberOf('--image-port', values['image-port'] ?? '18080', 0, 65_535),
    hypervisor,
    fallback: asked === undefined,
    kubeconfig: values.kubeconfig === undefined ? dataDirectory && join(dataDirectory, 'kubeconfig') : resolve(values.kubeconfig),
    cluster: values.cluster === undefined ? undefined
      : { kubeconfig: resolve(values.cluster), address: addressOf(values.address), realKubeVirt, realKubeOVN },
    crdFolder: values['upstream-crds'] === undefined ? undefined : resolve(values['upstream-crds']),
    nodes: values.nodes === undefined ? undefined : nodesOf(numberOf('--nodes', values.nodes, 1, 1000), values['node-cpu'], values['node-memory']),
    network,
    openNetwork,
  }
}

const nodesOf = (count: number, cpu: string, memory: string): NodeOptions[] => {
  const cpus = numberOf('--node-cpu', cpu, 1, 100_000)
  return Array.from({ length: count }, (_, index) => {
    const letter = index % 2 === 0 ? 'a' : 'b'
    return { name: `node-${letter}${Math.floor(index / 2) + 1}`, zone: `zone-${letter}`, cpus, memory }
  })
}

const addressOf = (text: string) => {
  if (isIP(text) === 0) throw new Error(`--address takes an IP address, not ${JSON.stringify(text)}`)
  return text
}

const numberOf = (flag: string, text: string, least: number, most: number) => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Error(`${flag} takes a number from ${least} to ${most}, not ${JSON.stringify(text)}`)
  return value
}

const oneOf = <T extends string>(flag: string, text: string, allowed: readonly T[]): T => {
  const found = allowed.find((each) => each === text)
  if (found === undefined) throw new Error(`${flag} takes ${allowed.join(' or ')}, not ${JSON.stringify(text)}`)
  return found
}
