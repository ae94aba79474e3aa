import { formatBytes, quantity } from '../../quantity.ts'
import type { Container, Pod } from '../../kubelet/types.ts'
import { controllerReference } from '../../../../operator/runtime/ownership.ts'
import type { Names } from '../../names.ts'
import { claimNameOf, isHotVolume, vcpusOf } from '../instances.ts'
import { networksAnnotation, provisioningAnnotation } from '../launchers.ts'
import type { VirtualMachineInstance, VmiSpec } from '../types.ts'
import { secondaryNetworks } from './interfaces.ts'
import { instanceId } from './virtual-machine-instance.ts'

const image = 'quay.io/kubevirt/virt-launcher:v1.9.0'
const mebi = 2 ** 20
/** The grace period of the pod exceeds the guest's, so that the guest is never cut short by its pod. Source: virt-controller/services/template.go. */
const gracePadding = 15

export type LauncherOptions = { names: Names; provisioningOnly: boolean }

/** The pod that a guest runs in. Its name is drawn from the instance's UID: twice built, once created. */
export const buildLauncherPod = (vmi: VirtualMachineInstance, { names, provisioningOnly }: LauncherOptions) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: podName(vmi, names, provisioningOnly),
    namespace: vmi.metadata.namespace ?? '',
    labels: launcherLabels(vmi),
    annotations: launcherAnnotations(vmi, provisioningOnly),
    ownerReferences: [controllerReference(vmi)],
  },
  spec: launcherSpec(vmi, provisioningOnly),
})

/** Upstream's `virt-launcher-<name>-` with a generated suffix; a long name is cut as the API server cuts generateName. */
const podName = (vmi: VirtualMachineInstance, names: Names, provisioningOnly: boolean): string =>
  `${`virt-launcher-${vmi.metadata.name}-`.slice(0, 248)}${names.suffix(vmi.metadata.uid, provisioningOnly ? 'provisioning' : 'launcher')}`

const launcherLabels = (vmi: VirtualMachineInstance): Record<string, string> => ({
  ...vmi.metadata.labels,
  'kubevirt.io': 'virt-launcher',
  'kubevirt.io/created-by': vmi.metadata.uid,
  'vm.kubevirt.io/name': hostname(vmi),
  'vmi.kubevirt.io/id': instanceId(vmi.metadata.name),
})

const hostname = (vmi: VirtualMachineInstance): string => (vmi.spec.hostname ?? vmi.metadata.name.split('.')[0] ?? '').slice(0, 63).replace(/-+$/, '')

const notCopied = ['kubectl.kubernetes.io', 'kubevirt.io/storage-observed-api-version', 'kubevirt.io/latest-observed-api-version']

const launcherAnnotations = (vmi: VirtualMachineInstance, provisioningOnly: boolean): Record<string, string> => ({
  'kubevirt.io/domain': vmi.metadata.name,
  ...Object.fromEntries(Object.entries(vmi.metadata.annotations ?? {}).filter(([key]) => !notCopied.some((prefix) => key.startsWith(prefix)))),
  'kubectl.kubernetes.io/default-container': 'compute',
  'kubevirt.io/migrationTransportUnix': 'true',
  'kubevirt.io/memory-overhead-bytes': `${memoryOverhead(vmi.spec)}`,
  'descheduler.alpha.kubernetes.io/request-evict-only': '',
  ...(provisioningOnly ? { [provisioningAnnotation]: 'true' } : {}),
  ...networkAnnotations(vmi),
})

/** Multus reads these: the network that replaces the pod network, and the ones beside it. */
const networkAnnotations = (vmi: VirtualMachineInstance): Record<string, string> => {
  const qualified = (name: string) => (name.includes('/') ? name : `${vmi.metadata.namespace}/${name}`)
  const primary = vmi.spec.networks?.find((network) => network.multus?.default === true)?.multus?.networkName
  const secondary = secondaryNetworks(vmi)
  return {
    ...(primary === undefined ? {} : { 'v1.multus-cni.io/default-network': qualified(primary) }),
    ...(secondary === undefined ? {} : { [networksAnnotation]: secondary }),
  }
}

const launcherSpec = (vmi: VirtualMachineInstance, provisioningOnly: boolean): Pod['spec'] & Record<string, unknown> => {
  const { spec } = vmi
  return {
    hostname: hostname(vmi),
    ...(spec.subdomain === undefined ? {} : { subdomain: spec.subdomain }),
    ...(spec.dnsPolicy === undefined ? {} : { dnsPolicy: spec.dnsPolicy }),
    ...(spec.dnsConfig === undefined ? {} : { dnsConfig: spec.dnsConfig }),
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: (spec.terminationGracePeriodSeconds ?? 30) + 2 * gracePadding,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    nodeSelector: {
      'kubernetes.io/arch': spec.architecture ?? 'amd64', 'kubevirt.io/schedulable': 'true', ...machineType(spec), ...spec.nodeSelector,
    },
    ...(spec.affinity === undefined ? {} : { affinity: spec.affinity }),
    ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
    ...(spec.topologySpreadConstraints === undefined ? {} : { topologySpreadConstraints: spec.topologySpreadConstraints as never }),
    ...(spec.schedulerName === undefined ? {} : { schedulerName: spec.schedulerName }),
    ...(spec.priorityClassName === undefined ? {} : { priorityClassName: spec.priorityClassName }),
    readinessGates: [{ conditionType: 'kubevirt.io/virtual-machine-unpaused' }],
    securityContext: { fsGroup: 107, runAsGroup: 107, runAsNonRoot: true, runAsUser: 107, seccompProfile: { type: 'RuntimeDefault' } },
    volumes: podVolumes(spec),
    ...(logsConsole(spec) && !provisioningOnly ? { initContainers: [consoleLogContainer] } : {}),
    containers: [computeContainer(vmi, provisioningOnly)],
  }
}

/** A node says which machine types it can run. */
const machineType = ({ domain: { machine } }: VmiSpec): Record<string, string> =>
  (machine === undefined ? {} : { [`machine-type.node.kubevirt.io/${machine.type}`]: 'true' })

/** Whether the serial console is kept as the log of a container; KubeVirt's default is yes. */
export const logsConsole = ({ domain: { devices } }: VmiSpec): boolean =>
  devices.autoattachSerialConsole !== false && (devices.logSerialConsole ?? true)

const consoleLogContainer: Container = {
  name: 'guest-console-log',
  image,
  command: ['/usr/bin/virt-tail'],
  args: ['--logfile', '/var/run/kubevirt-private/virt-serial0-log'],
  restartPolicy: 'Always',
  resources: { requests: { cpu: '5m', memory: '35M' }, limits: { cpu: '15m', memory: '60M' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, runAsUser: 107 },
}

const computeContainer = (vmi: VirtualMachineInstance, provisioningOnly: boolean): Container => ({
  name: 'compute',
  image,
  command: provisioningOnly ? ['/bin/bash'] : ['/usr/bin/virt-launcher-monitor'],
  args: provisioningOnly ? ['-c', 'echo', 'bound PVCs'] : ['--name', vmi.metadata.name, '--uid', vmi.metadata.uid, '--namespace', vmi.metadata.namespace ?? ''],
  resources: launcherResources(vmi.spec),
  volumeDevices: claimNames(vmi.spec).map(({ name }) => ({ name, devicePath: `/dev/${name}` })),
  volumeMounts: [{ name: 'private', mountPath: '/var/run/kubevirt-private' }],
  securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] }, runAsNonRoot: true, runAsUser: 107 },
})

const claimNames = (spec: VmiSpec): { name: string; claimName: string }[] =>
  (spec.volumes ?? []).flatMap((volume) => {
    const claimName = isHotVolume(volume) ? undefined : claimNameOf(volume)
    return claimName === undefined ? [] : [{ name: volume.name, claimName }]
  })

const podVolumes = (spec: VmiSpec): NonNullable<Pod['spec']['volumes']> => [
  { name: 'private', emptyDir: {} },
  ...claimNames(spec).map(({ name, claimName }) => ({ name, persistentVolumeClaim: { claimName } })),
  ...(spec.volumes ?? []).flatMap((volume) => {
    const source = volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive
    const secret = source?.secretRef?.name ?? volume.secret?.secretName
    const network = source?.networkDataSecretRef?.name
    return [
      ...(secret === undefined ? [] : [{ name: `${volume.name}-udata`, secret: { secretName: secret } }]),
      ...(network === undefined ? [] : [{ name: `${volume.name}-ndata`, secret: { secretName: network } }]),
    ]
  }),
]

/** CPU at KubeVirt's allocation ratio of 10, memory of the guest plus what runs beside it. */
const launcherResources = (spec: VmiSpec): NonNullable<Container['resources']> => {
  const { cpu, memory, resources } = spec.domain
  const guest = quantity(memory?.guest ?? resources?.requests?.['memory'] ?? '512Mi')
  const vcpus = vcpusOf(spec)
  const request = `${formatBytes(guest + memoryOverhead(spec))}`
  const asked = resources?.requests?.['ephemeral-storage']
  const disk = { 'ephemeral-storage': asked === undefined ? '50M' : formatBytes(quantity(asked) + 50_000_000) }
  if (cpu?.dedicatedCpuPlacement === true) {
    const exact = { cpu: `${vcpus}`, memory: request, 'devices.kubevirt.io/kvm': '1' }
    return { requests: { ...exact, ...disk }, limits: exact }
  }
  const devices = { 'devices.kubevirt.io/kvm': '1', 'devices.kubevirt.io/tun': '1', 'devices.kubevirt.io/vhost-net': '1' }
  return { requests: { cpu: `${vcpus * 100}m`, ...resources?.requests, memory: request, ...disk, ...devices }, limits: { ...resources?.limits, ...devices } }
}

/**
 * Bytes that a launcher needs beyond its guest's memory: the launcher's own processes (220 MiB), 8 MiB per vCPU and for the I/O thread, 32 MiB of
 * video memory, and page tables of the memory that is requested in so many words. Source: kubevirt v1.9.0, pkg/hypervisor/kvm, `GetMemoryOverhead`.
 */
export const memoryOverhead = (spec: VmiSpec): number => {
  const requested = quantity(spec.domain.resources?.requests?.['memory'] ?? '0')
  const graphics = spec.domain.devices.autoattachGraphicsDevice === false ? 0 : 32 * mebi
  const pinned = spec.domain.cpu?.dedicatedCpuPlacement === true ? 100 * mebi : 0
  return Math.floor(requested / 512) + (220 + 8 * vcpusOf(spec) + 8) * mebi + graphics + pinned
}
