import { adoptableBy } from '../../../../operator/providers/csi/adoption.ts'
import { persistentVolumeResource } from '../../../../operator/providers/csi/resources.ts'
import { account, type Manifest, type Scenario, type User } from '../scenario.ts'
import { anImage, anInstance, anyAddress, aVolume } from './manifests.ts'

/** The volume `data` on an instance. */
const attached = (name: string, instance: string): Manifest =>
  ({ kind: 'VolumeAttachment', name, spec: { volumeRef: { name: 'data' }, instanceRef: { name: instance }, device: '/dev/sdf' } })

/** Nothing of it grows before the storage has made it, which waits for the instance that comes first. */
const grow: Scenario = {
  name: 'volume-grows',
  base: 'launched',
  play: async (user) => {
    await user.apply(aVolume('data'))
    await user.inState('Volume', 'data', 'available')
    await user.apply(aVolume('data', { size: '2Gi' }), attached('first', 'web'))
    await user.until('the size', () => user.find('Volume', 'data')?.status?.['size'] === '2Gi')
    await user.inState('VolumeAttachment', 'first', 'attached')
  },
}

const growRoot: Scenario = {
  name: 'root-disk-grows',
  base: 'launched',
  play: async (user) => {
    const spec = user.find('Volume', 'web-sda1')?.spec ?? {}
    await user.apply({ kind: 'Volume', name: 'web-sda1', spec: { availabilityZone: spec['availabilityZone'], imageRef: spec['imageRef'], size: '3Gi' } })
    await user.until('the size', () => user.find('Volume', 'web-sda1')?.status?.['size'] === '3Gi')
  },
}

/** Its type learns how the storage is told of performance, and the disk asks for some while it grows. */
const modified: Scenario = {
  name: 'volume-modified',
  base: 'launched',
  play: async (user) => {
    const { availabilityZone, imageRef } = user.find('Volume', 'web-sda1')?.spec ?? {}
    const type = { ...user.find('VolumeType', 'gp3')?.spec, iops: { min: 100, max: 1000 }, volumeAttributeParameters: { iops: '{iops}' } }
    await user.apply({ kind: 'VolumeType', name: 'gp3', spec: type })
    await user.apply({ kind: 'Volume', name: 'web-sda1', spec: { availabilityZone, imageRef, size: '3Gi', iops: 500 } })
    await user.until('the change', () => {
      const { iops, size } = user.find('Volume', 'web-sda1')?.status ?? {}
      return iops === 500 && size === '3Gi'
    })
  },
}

const deletion: Scenario = {
  name: 'volumes-deleted-and-retained',
  base: 'prepared',
  play: async (user) => {
    await user.apply(aVolume('kept', { deletionPolicy: 'Retain' }), aVolume('thrown'))
    await user.inState('Volume', 'kept', 'available')
    await user.inState('Volume', 'thrown', 'available')
    await user.remove({ kind: 'Volume', name: 'kept' }, { kind: 'Volume', name: 'thrown' })
    await user.gone('Volume', 'kept')
    await user.gone('Volume', 'thrown')
  },
}

/** A disk that is in use waits for its instance, and goes after it. */
const deletedInUse: Scenario = {
  name: 'volume-deleted-while-in-use',
  base: 'launched',
  play: async (user) => {
    await user.remove({ kind: 'Volume', name: 'web-sda1' })
    await user.becomes('Volume', 'web-sda1', 'DependencyViolation')
    await user.pass(60_000)
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
    await user.gone('Volume', 'web-sda1')
  },
}

const imports: Scenario = {
  name: 'image-import-and-deregistration',
  base: 'prepared',
  play: async (user) => {
    await user.apply(anImage('other'))
    await user.inState('Image', 'other', 'available')
    await user.remove({ kind: 'Image', name: 'other' })
    await user.gone('Image', 'other')
  },
}

const failedImport: Scenario = {
  name: 'failed-import-then-fixed',
  base: 'prepared',
  play: async (user) => {
    user.failDisks('import', 'expected status code 200, got 404. Status: 404 Not Found')
    await user.apply(anImage('other'), anInstance('web', { imageRef: { name: 'other' } }))
    await user.until('the failure', () => user.find('Image', 'other')?.status?.['state'] !== undefined)
    await user.pass(60_000)
    user.failDisks('import', undefined)
    await user.inState('Image', 'other', 'available')
    await user.inState('Instance', 'web', 'running')
  },
}

/** What was launched from an image needs it no more. */
const imageInUse: Scenario = {
  name: 'image-deleted-while-in-use',
  base: 'launched',
  play: async (user) => {
    await user.remove({ kind: 'Image', name: 'linux' })
    await user.gone('Image', 'linux')
    await user.apply(anInstance('web', { state: 'Stopped' }))
    await user.inState('Instance', 'web', 'stopped')
    await user.apply(anInstance('web'))
    await user.inState('Instance', 'web', 'running')
  },
}

const claimOf = (user: User, volume: string) => user.stored('/persistentvolumeclaims', `${account}/${volume}`)

/** An instance and its disk are gone, and what the disk held is given to another Volume, for which no disk is made. */
const adoption: Scenario = {
  name: 'kept-bytes-given-to-another-volume',
  base: 'launched',
  play: async (user) => {
    const disk = claimOf(user, 'web-sda1')?.spec?.['volumeName'] as string
    const { availabilityZone, imageRef } = user.find('Volume', 'web-sda1')?.spec ?? {}
    await user.apply({ kind: 'Volume', name: 'web-sda1', spec: { availabilityZone, imageRef, size: '1Gi', deletionPolicy: 'Retain' } })
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
    await user.gone('Volume', 'web-sda1')
    await user.until('the claim to be gone', () => claimOf(user, 'web-sda1') === undefined)
    await user.client.mergePatch(persistentVolumeResource, { name: disk }, { metadata: { annotations: { [adoptableBy]: `${account}/data` } } })
    await user.apply(aVolume('data'))
    await user.inState('Volume', 'data', 'available')
  },
}

/** A volume comes to an instance that runs, goes, and comes again by another attachment. */
const attachment: Scenario = {
  name: 'volume-attached-and-detached',
  base: 'launched',
  play: async (user) => {
    await user.apply(aVolume('data'), attached('first', 'web'))
    await user.inState('VolumeAttachment', 'first', 'attached')
    await user.remove({ kind: 'VolumeAttachment', name: 'first' })
    await user.apply(attached('second', 'web'))
    await user.gone('VolumeAttachment', 'first')
    await user.inState('VolumeAttachment', 'second', 'attached')
  },
}

/** A volume leaves one instance that runs for another. */
const movedElsewhere: Scenario = {
  name: 'volume-attached-elsewhere',
  base: 'launched',
  play: async (user) => {
    await user.apply(aVolume('data'), attached('first', 'web'), anyAddress('db'))
    await user.inState('Instance', 'db', 'running')
    await user.inState('VolumeAttachment', 'first', 'attached')
    await user.remove({ kind: 'VolumeAttachment', name: 'first' })
    await user.apply(attached('second', 'db'))
    await user.gone('VolumeAttachment', 'first')
    await user.inState('VolumeAttachment', 'second', 'attached')
  },
}

/** Disks, and the images that they are made from. */
export const volumeScenarios: readonly Scenario[] = [
  grow, growRoot, modified, deletion, deletedInUse, imports, failedImport, imageInUse, adoption, attachment, movedElsewhere,
]
