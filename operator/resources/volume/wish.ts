import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import { figures, isTold, type Performance, performanceOf } from '../../../webhooks/verdicts/performance.ts'

/** What a volume is to do, and how its storage is told. */
export type Wish = {
  performance: Performance
  /** Of the VolumeAttributesClass that it needs; undefined where the StorageClass gives all that is wished. */
  parameters?: Readonly<Record<string, string>>
  /** What can't be told to the storage, because the VolumeType doesn't say how. */
  untold: readonly string[]
}

/**
 * @param hasClass - its claim has a VolumeAttributesClass already, of which only another one rids it. Such a volume and one that asks for more than
 * its type gives to all need one; the rest have what their StorageClass gives, and cost nothing.
 */
export const wishOf = (volume: Pick<Volume, 'spec' | 'status'>, type: VolumeType['spec'], hasClass: boolean): Wish => {
  const { spec, status } = volume
  const size = spec.size ?? status?.size
  const performance = performanceOf(spec, size, type)
  const given = performanceOf({}, size, type)
  const asked = figures.filter(name => spec[name] !== undefined && spec[name] !== given[name])
  const template = type.volumeAttributeParameters
  const untold = asked.filter(name => !isTold(name, type)).map(name => `${name}: ${spec[name]}`)
  if (template === undefined || untold.length > 0) {
    return { performance: given, untold: untold.length === 0 && hasClass ? ['what the StorageClass alone gives'] : untold }
  }
  const scales = type.iops?.scalesWithSize === true || type.throughput?.scalesWithSize === true
  return asked.length > 0 || scales || hasClass || isOfAnotherType(volume)
    ? { performance, parameters: parametersOf(template, performance), untold: [] } : { performance, untold: [] }
}

/** Its type was changed and the storage doesn't know yet. */
export const isOfAnotherType = ({ spec, status }: Pick<Volume, 'spec' | 'status'>): boolean =>
  status?.volumeType !== undefined && status.volumeType !== spec.volumeType

/** A volume that has no such figure can't be asked for it. */
const parametersOf = (template: Readonly<Record<string, string>>, { iops, throughput }: Performance): Record<string, string> => {
  const figures = { iops, throughput, throughputBytes: throughput === undefined ? undefined : throughput * 2 ** 20 }
  const lacks = (value: string) => Object.entries(figures).some(([name, figure]) => figure === undefined && value.includes(`{${name}}`))
  return Object.fromEntries(Object.entries(template).filter(([, value]) => !lacks(value)).map(([name, value]) =>
    [name, Object.entries(figures).reduce((text, [figure, amount]) => text.replaceAll(`{${figure}}`, String(amount)), value)]))
}
