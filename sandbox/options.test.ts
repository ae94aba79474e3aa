import test from 'ava'
import { HELP, parseOptions, type SandboxOptions } from './options.ts'

const parsed = (args: string[], environment: Record<string, string> = {}) => parseOptions(args, environment) as SandboxOptions

test('without flags guests are real where they can be, nothing is kept, and every port but the image server’s is free choice', (t) => {
  t.deepEqual(parsed([]), {
    dataDirectory: undefined, port: 0, imagePort: 18_080, hypervisor: 'qemu', fallback: true, kubeconfig: undefined, cluster: undefined, crdFolder: undefined,
    nodes: undefined, openNetwork: false, network: 'user',
  })
})

test('who asks for a hypervisor by name gets that one or an error, and a flag beats the environment', (t) => {
  t.like(parsed([], { SANDBOX_HYPERVISOR: 'qemu' }), { hypervisor: 'qemu', fallback: false })
  t.like(parsed([], { SANDBOX_HYPERVISOR: 'simulated' }), { hypervisor: 'simulated', fallback: false })
  t.like(parsed(['--hypervisor', 'qemu'], { SANDBOX_HYPERVISOR: 'simulated' }), { hypervisor: 'qemu' })
})

test('a real network is asked for by flag or environment, for guests of either kind', (t) => {
  t.like(parsed(['--network', 'ovn']), { network: 'ovn', hypervisor: 'qemu', fallback: true })
  t.like(parsed(['--hypervisor', 'simulated'], { SANDBOX_NETWORK: 'ovn' }), { network: 'ovn', hypervisor: 'simulated' })
  t.like(parsed(['--network', 'user'], { SANDBOX_NETWORK: 'ovn' }), { network: 'user', hypervisor: 'qemu' })
})

test('a kept sandbox has its kubeconfig in its directory unless told otherwise, both as whole paths', (t) => {
  t.like(parsed(['--data', '/var/cloud']), { dataDirectory: '/var/cloud', kubeconfig: '/var/cloud/kubeconfig' })
  t.is(parsed(['--data', '/var/cloud', '--kubeconfig', 'here']).kubeconfig, `${process.cwd()}/here`)
})

test('a real cluster is named by a kubeconfig, and reaches this machine by loopback unless told otherwise', (t) => {
  t.is(parsed([]).cluster, undefined)
  t.deepEqual(parsed(['--cluster', '/etc/cluster']).cluster, { kubeconfig: '/etc/cluster', address: '127.0.0.1', realKubeVirt: false, realKubeOVN: false })
  t.like(parsed(['--cluster', '/etc/cluster', '--address', '192.0.2.7']), { cluster: { address: '192.0.2.7' } })
  t.like(parsed(['--cluster', '/etc/cluster', '--kubevirt', 'installed']), { cluster: { realKubeVirt: true } })
  t.like(parsed(['--cluster', '/etc/cluster', '--kube-ovn', 'installed']), { cluster: { realKubeOVN: true } })
})

test('nodes alternate between the zones and have the size that was asked for', (t) => {
  t.deepEqual(parsed(['--nodes', '3', '--node-cpu', '4', '--node-memory', '8Gi']).nodes, [
    { name: 'node-a1', zone: 'zone-a', cpus: 4, memory: '8Gi' },
    { name: 'node-b1', zone: 'zone-b', cpus: 4, memory: '8Gi' },
    { name: 'node-a2', zone: 'zone-a', cpus: 4, memory: '8Gi' },
  ])
})

for (const [args, message] of [
  [['--port', 'http'], /--port takes a number from 0 to 65535, not "http"/],
  [['--port', '65536'], /--port takes a number/],
  [['--image-port', '-1'], /image-port/],
  [['--nodes', '0'], /--nodes takes a number from 1 to 1000/],
  [['--nodes', '2', '--node-cpu', '0'], /--node-cpu takes a number from 1/],
  [['--hypervisor', 'xen'], /--hypervisor takes simulated or qemu, not "xen"/],
  [['--cluster', 'kubeconfig', '--kubevirt', 'there'], /--kubevirt takes played or installed, not "there"/],
  [['--cluster', 'kubeconfig', '--kube-ovn', 'there'], /--kube-ovn takes played or installed, not "there"/],
  [['--cluster', 'kubeconfig', '--kube-ovn', 'installed', '--network', 'ovn'], /--network ovn is driven by the stand-in/],
  [['--cluster', 'kubeconfig', '--address', 'here'], /--address takes an IP address, not "here"/],
  [['--guest-network', 'all'], /--guest-network takes isolated or open/],
  [['--network', 'ovn', '--guest-network', 'open'], /--guest-network open is for guests with --network user/],
  [['--network', 'vlan'], /--network takes user or ovn, not "vlan"/],
  [['--no-such-flag'], /no-such-flag/],
  [['word'], /word/],
] as const) {
  test(`${args.join(' ')} is refused with a message that says what is possible`, (t) => {
    t.throws(() => parseOptions([...args], {}), { message })
  })
}

test('every flag is in the help', (t) => {
  t.is(parseOptions(['--help'], {}), 'help')
  for (const flag of ['data', 'port', 'image-port', 'hypervisor', 'kubeconfig', 'nodes', 'node-cpu', 'node-memory', 'guest-network', 'network']) t.true(HELP.includes(`--${flag} `))
})
