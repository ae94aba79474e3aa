import { gibibytes, parseQuantity } from '../../crds/quantity.ts'
import type { VolumeTypeSpec } from '../../crds/v1alpha1/volume-type.ts'

/** What a volume does a second: I/O operations, and MiB. Left out: nothing is said of it. */
export type Performance = { iops?: number; throughput?: number }

type Figures = Pick<VolumeTypeSpec, 'iops' | 'throughput'>

export const figures = ['iops', 'throughput'] as const

/** Whether the storage of a type is told of a figure. Of one that it isn't, volumes have what their StorageClass gives. */
export const isTold = (figure: keyof Performance, { volumeAttributeParameters = {} }: Pick<VolumeTypeSpec, 'volumeAttributeParameters'>): boolean =>
  Object.values(volumeAttributeParameters).some(value => value.includes(`{${figure}}`) || (figure === 'throughput' && value.includes('{throughputBytes}')))

/** What a volume gets: what it asks for, else what its type gives to all, or to all of its size. @param size - bytes as a Kubernetes quantity. */
export const performanceOf = (asked: Performance, size: string | undefined, type: Figures): Performance => {
  const iops = asked.iops ?? givenIops(size, type)
  const throughput = asked.throughput ?? givenThroughput(size, type)
  return { ...iops === undefined ? {} : { iops }, ...throughput === undefined ? {} : { throughput } }
}

/** I/O operations a second of a volume that asks for none. */
export const givenIops = (size: string | undefined, { iops }: Figures): number | undefined => {
  if (iops?.scalesWithSize !== true) return iops?.min
  return size === undefined ? undefined : within(iops, (iops.perGiB ?? 0) * gibibytes(parseQuantity(size)))
}

/** MiB a second of a volume that asks for none. Rounded up: a figure that is asked of storage is whole. */
export const givenThroughput = (size: string | undefined, { throughput }: Figures): number | undefined => {
  if (throughput?.scalesWithSize !== true) return throughput?.min
  return size === undefined ? undefined : within(throughput, Math.ceil((throughput.perTiB ?? 0) * gibibytes(parseQuantity(size)) / 1024))
}

const within = ({ min, max }: { min?: number; max?: number }, value: number): number => Math.min(Math.max(value, min ?? 1), max ?? Infinity)
