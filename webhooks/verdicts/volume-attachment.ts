import type { VolumeAttachment } from '../../crds/v1alpha1/index.ts'
import type { Verdict, View, Violation } from './view.ts'

/** Volume and instance are in one zone, and the device name is free. */
export const volumeAttachmentVerdict: Verdict<VolumeAttachment> = (attachment, _old, view) => {
  const namespace = attachment.metadata.namespace ?? ''
  return [...otherZone(namespace, attachment.spec, view), ...deviceTaken(namespace, attachment.spec, view)]
}

const otherZone = (namespace: string, { volumeRef, instanceRef }: VolumeAttachment['spec'], view: View): Violation[] => {
  const volume = view.getVolume(namespace, volumeRef.name)
  const instance = view.getInstance(namespace, instanceRef.name)
  const subnet = instance === undefined ? undefined : view.getSubnet(namespace, instance.spec.subnetRef.name)
  if (volume === undefined || subnet === undefined || volume.spec.availabilityZone === subnet.spec.availabilityZone) return []
  return [{
    field: 'spec.volumeRef',
    message: `the volume ${volumeRef.name} is in ${volume.spec.availabilityZone}, the instance ${instanceRef.name} in ${subnet.spec.availabilityZone}: ` +
      'both must be in one zone; make a Snapshot and a new Volume in the zone of the instance',
  }]
}

const deviceTaken = (namespace: string, { device, instanceRef }: VolumeAttachment['spec'], view: View): Violation[] => {
  const taken = view.getInstance(namespace, instanceRef.name)?.spec.blockDevices?.some(({ deviceName }) => deviceName === device) ?? false
  return taken ? [{ field: 'spec.device', message: `the instance ${instanceRef.name} has a disk at ${device}: choose a free name, for example /dev/sdf` }] : []
}
