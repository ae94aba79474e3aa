import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { type KubeObject, keyOf } from '../../../crds/kubernetes.ts'
import type { Instance } from '../../../crds/v1alpha1/instance.ts'
import type { KeptVolume, Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import {
  byOwner, claimInformer, storageClassInformer, volumeSnapshotClassInformer, volumeSnapshotContentInformer, volumeSnapshotInformer,
} from '../../providers/csi/informers.ts'
import type { Claim, VolumeSnapshot, VolumeSnapshotContent } from '../../providers/csi/resources.ts'
import { snapshotClassFor } from '../../providers/csi/volume-snapshot.ts'
import { byClaim, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../../providers/kubevirt/resources.ts'
import { madeFor, ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { deviceOf } from '../instance/block-devices.ts'
import { instanceInformer } from '../instance/store.ts'
import { namespaceInformer } from '../namespace.ts'
import { siblingKey } from '../stored.ts'
import { volumeInformer } from '../volume/store.ts'
import { keptName, snapshotInformer } from './store.ts'
import { holdersOf } from './users.ts'

/** A volume that is to be kept, and by what its storage can. */
export type Source = {
  volume: Volume
  deviceName: string | undefined
  claim: Claim | undefined
  /** Undefined where the storage takes no snapshots. */
  snapshotClass: string | undefined
}

/** A volume of the plan, and what there is of it. */
export type Kept = { plan: KeptVolume; source: Source | undefined; snapshot: VolumeSnapshot | undefined; content: VolumeSnapshotContent | undefined }

/** A machine of ours whose guest writes to what is to be kept. */
export type Running = { instance: Instance; run: VirtualMachineInstance }

export type SnapshotFacts = {
  id: string
  /** What would be kept if it were begun now. */
  sources: readonly Source[]
  /** The instance of `instanceRef`. */
  instance: Instance | undefined
  /** Machines that run on the sources. */
  running: readonly Running[]
  kept: readonly Kept[]
  /** All that was ever made for it. */
  made: readonly VolumeSnapshot[]
  /** Names of other snapshots for which the guest of an instance, `namespace/name`, stands still. */
  freezing: (instanceKey: string) => readonly Snapshot[]
  isThere: (uid: string) => boolean
  /** Titles of what is being made of it now. */
  users: readonly string[]
  namespaceOf: (name: string) => KubeObject | undefined
}

export const observeSnapshot = (snapshot: Snapshot, cache: Cache): SnapshotFacts => {
  const { spec, metadata } = snapshot
  const { volumeRef, instanceRef } = spec
  const instance = instanceRef === undefined ? undefined : cache.of(instanceInformer).get(siblingKey(snapshot, instanceRef.name))
  const volume = volumeRef === undefined ? undefined : cache.of(volumeInformer).get(siblingKey(snapshot, volumeRef.name))
  const sources = volumeRef === undefined ? sourcesOf(instance, cache) : sourceOf(volume, cache)
  return {
    id: idOf(idPrefixes.snapshot, metadata.uid),
    sources,
    instance,
    running: runningOn(sources, cache),
    kept: (snapshot.status?.volumes ?? []).map(plan => keptOf(snapshot, plan, cache)),
    made: cache.of(volumeSnapshotInformer).by(byOwner, metadata.uid),
    freezing: instanceKey => cache.of(snapshotInformer).by('freezing', instanceKey).filter(each => each.metadata.uid !== metadata.uid),
    isThere: uid => cache.of(snapshotInformer).count('uid', uid) > 0,
    users: holdersOf(snapshot, cache),
    namespaceOf: name => cache.of(namespaceInformer).get(name),
  }
}

const keptOf = (snapshot: Snapshot, plan: KeptVolume, cache: Cache): Kept => {
  const made = madeFor(snapshot, cache.of(volumeSnapshotInformer).get(siblingKey(snapshot, keptName(snapshot, plan.volumeID))))
  const volume = cache.of(volumeInformer).get(siblingKey(snapshot, plan.volumeName))
  const content = madeFor(snapshot, cache.of(volumeSnapshotContentInformer).get(made?.status.content ?? ''))
  return {
    plan,
    // Another volume of its name is not what was meant.
    source: volume === undefined || idOf(idPrefixes.volume, volume.metadata.uid) !== plan.volumeID ? undefined : sourceOf(volume, cache)[0],
    snapshot: made,
    content: content?.spec.snapshotUID === made?.metadata.uid ? content : undefined,
  }
}

/** Volumes of an instance that hold bytes, of which their storage can take no snapshot. */
export const unkeepableOf = (instance: Instance | undefined, cache: Cache): Source[] =>
  sourcesOf(instance, cache).filter(({ claim, snapshotClass }) => claim?.status.phase === 'Bound' && snapshotClass === undefined)

/** All volumes that the machine of an instance mounts, those that were attached later too. */
const sourcesOf = (instance: Instance | undefined, cache: Cache): Source[] => {
  const machine = instance === undefined ? undefined : madeFor(instance, cache.of(virtualMachineInformer).get(keyOf(instance.metadata)))
  return (machine?.spec.claims ?? []).flatMap(claim => sourceOf(cache.of(volumeInformer).get(siblingKey(machine as VirtualMachine, claim)), cache))
}

const sourceOf = (volume: Volume | undefined, cache: Cache): Source[] => {
  if (volume === undefined) return []
  const claim = madeFor(volume, cache.of(claimInformer).get(keyOf(volume.metadata)))
  const storageClass = cache.of(storageClassInformer).get(claim?.spec.storageClassName ?? '')
  const snapshotClass = snapshotClassFor(storageClass, cache.of(volumeSnapshotClassInformer).list())
  return [{ volume, deviceName: deviceNameOf(volume, cache), claim, snapshotClass }]
}

const deviceNameOf = (volume: Volume, cache: Cache): string | undefined => {
  const [maker] = cache.of(instanceInformer).by('uid', ownerUIDOf(volume) ?? '')
  const attached = volume.status?.attachments?.find(({ device }) => device !== '')?.device
  return attached ?? (maker === undefined ? undefined : deviceOf(maker, volume.metadata.name))
}

const runningOn = (sources: readonly Source[], cache: Cache): Running[] => {
  const machines = new Set(sources.flatMap(({ volume }) => cache.of(virtualMachineInformer).by(byClaim, keyOf(volume.metadata))))
  return [...machines].flatMap(machine => {
    const [instance] = cache.of(instanceInformer).by('uid', ownerUIDOf(machine) ?? '')
    const run = cache.of(virtualMachineInstanceInformer).get(keyOf(machine.metadata))
    return instance === undefined || run?.status.phase !== 'Running' ? [] : [{ instance, run }]
  })
}
