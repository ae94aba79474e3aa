/**
 * What KubeVirt’s own admission says of the machines that we make, at the ends of all that an Instance and an InstanceType can say.
 * No machine is stored.
 */
import test from 'ava'
import { podNetworkAnnotations } from '../../operator/providers/kube-ovn/pod-annotations.ts'
import { buildClusterInstancetype, type MachineSize } from '../../operator/providers/kubevirt/cluster-instancetype.ts'
import { buildVirtualMachine, type VirtualMachineInput } from '../../operator/providers/kubevirt/virtual-machine.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { kubectlOn } from '../kubectl.ts'

const check = process.env['E2E_KUBEVIRT'] === 'installed' ? test : test.skip

const mebi = 2n ** 20n
const sizes: Omit<MachineSize, 'name'>[] = [
  { vcpus: 1, memoryBytes: 32n * mebi, dedicatedCPU: false, gpus: [] },
  { vcpus: 3, memoryBytes: 32n * mebi + 1n, dedicatedCPU: true, gpus: [] },
  { vcpus: 129, memoryBytes: 1_000_000_000n, dedicatedCPU: false, gpus: [{ deviceName: 'nvidia.com/T4', count: 16 }] },
  { vcpus: 1024, memoryBytes: 64n * 2n ** 40n, dedicatedCPU: true, gpus: [{ deviceName: 'nvidia.com/GA102GL_A10', count: 1 }] },
]
const types = sizes.map((size, index) => buildClusterInstancetype({ ...size, name: `of-admission-${index}` }))

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
const serial = 'vol12345678901234567'
const macAddress = '02:00:00:00:00:01'
const portOf = (ipAddress: string) => podNetworkAnnotations({
  attachment: { namespace: 'default', name: 'public-a' }, logicalSwitch: 'subnet-0123456789abcdef0', ipAddress, macAddress, portSecurity: false,
})
const modest = {
  namespace: 'default', annotations: {}, templateLabels: {}, runStrategy: 'Halted', instancetype: types[0]?.metadata.name ?? '', architecture: 'amd64',
  firmware: { uuid: 'ec25f21a-a686-4da4-8cbd-5634eb141e16', serial: 'ec25f21a-a686-4da4-8cbd-5634eb141e16' }, hostname: 'ip-10-0-1-5',
  disks: [{ name: 'sda1', claim: 'web-sda1', serial }], network: { networkName: 'default/public-a', macAddress, annotations: portOf('10.0.1.5') },
  availabilityZone: 'zone-a',
} as const satisfies Omit<VirtualMachineInput, 'name'>

const hot = (index: number) => ({ name: `vol-${index}`, claim: 'h'.repeat(63), serial })
const eni = (index: number) => `eni-${`${index}`.padStart(17, '0')}`
const extremes: Partial<VirtualMachineInput>[] = [
  ...types.map(({ metadata }) => ({ instancetype: metadata.name })),
  { name: 'a'.repeat(63), runStrategy: 'RerunOnFailure', userDataSecret: 'i-1-user-data', publicKeySecret: 'i-1-public-key' },
  { architecture: 'arm64', hotDisks: [hot(0)] },
  { disks: many(28, (index) => ({ name: `sd${index}`, claim: 'c'.repeat(253), serial })), hotDisks: many(28, hot) },
  { hotDisks: [{ ...hot(0), readOnly: true }, { ...hot(1), shareable: true }, { ...hot(2), readOnly: true, shareable: true }] },
  { ephemeralDisks: ['1Mi', ...many(23, () => '64Ti')] },
  { interfaces: many(15, (index) => ({ name: eni(index), networkName: `default/${eni(index)}`, macAddress, annotations: portOf(`10.0.1.${index + 10}`) })) },
  { dns: { nameservers: ['169.254.169.253', '169.254.169.254'], searches: [`${'v'.repeat(63)}.internal`] } },
]

check('KubeVirt refuses no machine that an Instance can ask for, however large, small or odd', async (t) => {
  const { kubectl } = await installKubectl()
  const { run } = kubectlOn(kubectl, process.env['KUBECONFIG'] ?? '')
  await run(['apply', '--server-side', { apiVersion: 'v1', kind: 'List', items: types }])
  t.teardown(() => run(['delete', 'virtualmachineclusterinstancetypes', '--wait=false', ...types.map(({ metadata }) => metadata.name)]))
  const machines = extremes.map((change, index) => buildVirtualMachine({ name: `of-admission-${index}`, ...modest, ...change }))
  const taken = await run(['apply', '--server-side', '--dry-run=server', '-o', 'name', ...machines])
  t.is(taken.trim().split('\n').length, extremes.length)
})
