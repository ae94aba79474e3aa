import { dataDevicesOf, rootOf } from '../../crds/v1alpha1/image.ts'
import type { Instance, Volume } from '../../crds/v1alpha1/index.ts'
import { usableImage } from './image-sharing.ts'
import { figures, isTold, type Performance, performanceOf } from './performance.ts'
import type { SeenVolumeType, Verdict, View, Violation } from './view.ts'

/**
 * Performance that the storage of a VolumeType can't be told of, so that no volume would ever have it. Judged is what is asked for now, and at the
 * door alone: a volume that is there works on with what its StorageClass gives, and says so.
 */
export const untoldVolumeVerdict: Verdict<Volume> = ({ spec }, old, view) => {
  const isAsked = (figure: keyof Performance) => old === undefined || old.spec[figure] !== spec[figure] || old.spec.volumeType !== spec.volumeType
  return untold(spec, view.getVolumeType(spec.volumeType), 'spec').filter(({ figure }) => isAsked(figure)).map(({ violation }) => violation)
}

/** The same of the disks that are made at launch. */
export const untoldInstanceVerdict: Verdict<Instance> = (instance, old, view) =>
  old !== undefined ? [] : (instance.spec.blockDevices ?? []).flatMap((device, index) => {
    const volumeType = device.volumeType ?? typeInImage(instance, index, view) ?? view.defaultVolumeType
    if (volumeType === undefined) return []
    return untold({ ...device, volumeType }, view.getVolumeType(volumeType), `spec.blockDevices[${index}]`).map(({ violation }) => violation)
  })

const typeInImage = ({ metadata: { namespace = '' }, spec }: Instance, index: number, view: View): string | undefined => {
  const image = usableImage(namespace, spec.imageRef, view)
  if (image === undefined) return undefined
  const found = index === 0 ? rootOf(image) : dataDevicesOf(image).find(({ deviceName }) => deviceName === spec.blockDevices?.[index]?.deviceName)
  return found?.volumeType
}

type Asking = Performance & { volumeType: string; size?: string }

const untold = (disk: Asking, type: SeenVolumeType | undefined, path: string): { figure: keyof Performance; violation: Violation }[] =>
  type === undefined ? [] : figures.flatMap(figure => {
    const limits = type.spec[figure]
    const given = performanceOf({}, disk.size, type.spec)[figure]
    // What the type takes none of, or gives by size, is refused already.
    const isJudged = disk[figure] !== undefined && limits !== undefined && limits.scalesWithSize !== true
    if (!isJudged || disk[figure] === given || isTold(figure, type.spec)) return []
    const present = given === undefined ? `the ${figure} that their storage gives` : `${figure} ${given}`
    const violation = {
      field: `${path}.${figure}`,
      message: `volumes of type ${disk.volumeType} have ${present}, and their storage can't be told otherwise: leave ${figure} out, choose another volumeType, or have the platform team ` +
        'set volumeAttributeParameters of the VolumeType',
    }
    return [{ figure, violation }]
  })
