import type { Machine, MachineDisk } from '../../../hypervisor/hypervisor.ts'
import type { Volume } from '../../csi/types.ts'
import { quantity } from '../../quantity.ts'
import { claimNameOf, isHotVolume, vcpusOf } from '../instances.ts'
import { podInterfaces } from '../launchers.ts'
import type { Pod } from '../../kubelet/types.ts'
import type { Disk, VirtualMachineInstance, VmVolume } from '../types.ts'

export type MachineInput = {
  vmi: VirtualMachineInstance
  pod: Pod
  /** The PersistentVolume bound to a claim of the instance's namespace. */
  volumeOf: (claimName: string) => Volume | undefined
  /** Where a volume's bytes are; '' for a simulated one. */
  pathOf: (volume: Volume) => string
  /** Decoded data of a Secret of the instance's namespace. */
  secretOf: (name: string) => Record<string, string> | undefined
}

/** The machine that an instance stands for. Throws an Error that says what is not there yet. */
export const buildMachine = (input: MachineInput): Machine => {
  const { vmi, pod } = input
  const { domain } = vmi.spec
  const nic = podInterfaces(vmi, pod)[0]
  const seed = seedOf(input)
  return {
    uid: vmi.metadata.uid,
    namespace: vmi.metadata.namespace ?? '',
    name: vmi.metadata.name,
    vcpus: vcpusOf(vmi.spec),
    memoryBytes: quantity(domain.memory?.guest ?? domain.resources?.requests?.['memory'] ?? '512Mi'),
    firmware: { uuid: domain.firmware?.uuid ?? vmi.metadata.uid, serial: domain.firmware?.serial ?? '' },
    disks: bootFirst(vmi).flatMap(({ disk, volume }) => machineDisk(input, disk, volume) ?? []),
    ...(seed === undefined ? {} : { seed }),
    network: { mac: nic?.mac ?? '02:00:00:00:00:01', ...(nic?.ipAddress === undefined ? {} : { address: nic.ipAddress }) },
  }
}

/** Disks by boot order, then as they stand in the spec. */
const bootFirst = ({ spec }: VirtualMachineInstance): { disk: Disk; volume: VmVolume }[] =>
  (spec.domain.devices.disks ?? [])
    .flatMap((disk) => (spec.volumes ?? []).filter(({ name }) => name === disk.name).map((volume) => ({ disk, volume })))
    .sort((a, b) => (a.disk.bootOrder ?? Infinity) - (b.disk.bootOrder ?? Infinity) || 0)

/** A disk that a machine that runs is to be given; undefined while its claim is not bound. */
export const hotDisk = (input: Pick<MachineInput, 'vmi' | 'volumeOf' | 'pathOf'>, name: string): MachineDisk | undefined => {
  const { domain: { devices: { disks = [] } }, volumes = [] } = input.vmi.spec
  const disk = disks.find((each) => each.name === name)
  const volume = volumes.find((each) => each.name === name)
  const isBound = volume !== undefined && input.volumeOf(claimNameOf(volume) ?? '') !== undefined
  return disk === undefined || !isBound ? undefined : machineDisk(input, disk, volume)
}

const machineDisk = ({ volumeOf, pathOf }: Pick<MachineInput, 'volumeOf' | 'pathOf'>, disk: Disk, volume: VmVolume): MachineDisk | undefined => {
  if (volume.emptyDisk !== undefined) return emptyDisk(disk, quantity(volume.emptyDisk.capacity))
  const claimName = claimNameOf(volume)
  if (claimName === undefined) return undefined
  const persistent = volumeOf(claimName)
  if (persistent === undefined) throw new Error(`volume ${disk.name}: claim ${claimName} is not bound`)
  const target = disk.disk ?? disk.cdrom ?? disk.lun
  return {
    name: disk.name,
    path: pathOf(persistent),
    ...(disk.serial === undefined ? {} : { serial: disk.serial }),
    bus: target?.bus === 'scsi' || target?.bus === 'sata' ? target.bus : 'virtio',
    readOnly: target?.readonly === true || volume.persistentVolumeClaim?.readOnly === true,
    ...(isHotVolume(volume) ? { hot: true as const } : {}),
  }
}

const emptyDisk = (disk: Disk, emptyBytes: number): MachineDisk =>
  ({ name: disk.name, path: '', ...(disk.serial === undefined ? {} : { serial: disk.serial }), bus: 'virtio', readOnly: false, emptyBytes })

/** The cloud-init seed as virt-launcher writes it: instance-id and local-hostname by the instance, user and network data from Secrets. */
const seedOf = ({ vmi, secretOf }: MachineInput): Machine['seed'] => {
  const source = (vmi.spec.volumes ?? []).map((volume) => volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive).find((each) => each !== undefined)
  if (source === undefined) return undefined
  const secret = source.secretRef === undefined ? {} : requiredSecret(secretOf, source.secretRef.name)
  const networkSecret = source.networkDataSecretRef === undefined ? {} : requiredSecret(secretOf, source.networkDataSecretRef.name)
  const decode = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64').toString())
  const userData = secret['userdata'] ?? secret['userData'] ?? source.userData ?? decode(source.userDataBase64) ?? ''
  const networkData = networkSecret['networkdata'] ?? secret['networkdata'] ?? source.networkData ?? decode(source.networkDataBase64)
  const hostname = (vmi.spec.hostname ?? vmi.metadata.name).slice(0, 63)
  // The instance-id follows the firmware's identity, so that a stop and start does not look like a new machine to cloud-init.
  const id = vmi.spec.domain.firmware?.uuid ?? vmi.metadata.uid
  const publicKeys = publicKeySecretsOf(vmi).flatMap((name) => Object.values(requiredSecret(secretOf, name)))
  return {
    userData,
    metaData: `${JSON.stringify({
      'instance-id': id,
      'local-hostname': hostname,
      ...(publicKeys.length > 0 && { 'public-keys': Object.fromEntries(publicKeys.map((key, index) => [String(index), key.trim()])) }),
    })}\n`,
    ...(networkData === undefined ? {} : { networkData }),
  }
}

type AccessCredential = {
  sshPublicKey?: { source?: { secret?: { secretName: string } }; propagationMethod?: { noCloud?: object; configDrive?: object } }
}

/** Secrets whose every value is a public key that virt-launcher puts into the seed's meta-data. */
export const publicKeySecretsOf = (vmi: VirtualMachineInstance): string[] =>
  ((vmi.spec as { accessCredentials?: AccessCredential[] }).accessCredentials ?? []).flatMap(({ sshPublicKey }) => {
    const seeded = sshPublicKey?.propagationMethod?.noCloud !== undefined || sshPublicKey?.propagationMethod?.configDrive !== undefined
    return seeded ? (sshPublicKey.source?.secret?.secretName ?? []) : []
  })

const requiredSecret = (secretOf: MachineInput['secretOf'], name: string): Record<string, string> => {
  const secret = secretOf(name)
  if (secret === undefined) throw new Error(`secret ${name} does not exist`)
  return secret
}
