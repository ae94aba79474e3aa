import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { parse } from 'yaml'
import { volumeTypeSpec } from '../../crds/v1alpha1/volume-type.ts'
import { volumeTypeViolations } from './disk.ts'
import { performanceOf } from './performance.ts'
import { aView, aVolume, aVolumeType } from './samples.ts'
import { volumeVerdict } from './volume.ts'

/** What the chart offers is what is held against EBS's limits. */
const catalogue = parse(readFileSync(new URL('../../charts/kumulus/files/catalog/volume-types.yaml', import.meta.url), 'utf8')) as Record<string, object>
const typeNamed = (name: string) => aVolumeType(name, { storageClassName: 'fast', ...catalogue[name] })

const said = (volumeType: string, asked: { size?: string; iops?: number; throughput?: number }): string =>
  volumeTypeViolations({ volumeType, encrypted: false, ...asked }, typeNamed(volumeType), 'spec').map(({ field, message }) => `${field}: ${message}`).join('; ')

/** Type, size, iops, throughput; and what is said, undefined where it is let through. Source: Amazon EBS User Guide, "Amazon EBS volume types". */
const limits: readonly [type: string, size: string, iops: number | undefined, throughput: number | undefined, refused?: RegExp][] = [
  ['gp3', '1Gi', undefined, undefined], ['gp3', '16Ti', undefined, undefined],
  ['gp3', '1023Mi', undefined, undefined, /spec\.size: .*at least 1Gi/], ['gp3', '17Ti', undefined, undefined, /spec\.size: .*at most 16Ti/],
  ['gp3', '1Gi', 3000, undefined], ['gp3', '1Gi', 2999, undefined, /at least 3000 iops/],
  ['gp3', '32Gi', 16000, undefined], ['gp3', '1Ti', 16001, undefined, /at most 16000 iops/],
  ['gp3', '8Gi', 4000, undefined], ['gp3', '8Gi', 4001, undefined, /500 iops for each GiB, so 4000 at 8Gi/],
  ['gp3', '1Gi', undefined, 125], ['gp3', '1Gi', undefined, 124, /at least 125 MiB\/s/],
  ['gp3', '32Gi', 16000, 1000], ['gp3', '32Gi', 16000, 1001, /at most 1000 MiB\/s/],
  ['gp3', '1Gi', undefined, 750], ['gp3', '1Gi', undefined, 751, /4 iops for each MiB\/s, so 3004 for 751 MiB\/s, and this one has 3000: raise iops or lower throughput/],
  ['gp3', '10Gi', 4000, 1000], ['gp3', '10Gi', 3999, 1000, /so 4000 for 1000 MiB\/s, and this one has 3999/],
  ['gp2', '1Gi', undefined, undefined], ['gp2', '17Ti', undefined, undefined, /at most 16Ti/],
  ['gp2', '1Ti', 3000, undefined, /spec\.iops: volumes of type gp2 have 3 iops for each GiB and take no others/], ['gp2', '1Ti', undefined, 250, /take no throughput/],
  ['io1', '4Gi', 100, undefined], ['io1', '3Gi', 100, undefined, /at least 4Gi/], ['io1', '4Gi', 99, undefined, /at least 100 iops/],
  ['io1', '4Gi', 200, undefined], ['io1', '4Gi', 201, undefined, /50 iops for each GiB, so 200 at 4Gi/],
  ['io1', '1280Gi', 64000, undefined], ['io1', '16Ti', 64001, undefined, /at most 64000 iops/], ['io1', '4Gi', undefined, 500, /take no throughput/],
  ['io2', '4Gi', 2000, undefined], ['io2', '4Gi', 2001, undefined, /500 iops for each GiB, so 2000 at 4Gi/],
  ['io2', '128Gi', 64000, undefined], ['io2', '16Ti', 64001, undefined, /at most 64000 iops/], ['io2', '17Ti', undefined, undefined, /at most 16Ti/],
  ['st1', '125Gi', undefined, undefined], ['st1', '124Gi', undefined, undefined, /at least 125Gi/], ['st1', '17Ti', undefined, undefined, /at most 16Ti/],
  ['st1', '1Ti', 500, undefined, /take no iops/], ['st1', '1Ti', undefined, 40, /spec\.throughput: volumes of type st1 have 40 MiB\/s for each TiB and take no others/],
  ['sc1', '125Gi', undefined, undefined], ['sc1', '124Gi', undefined, undefined, /at least 125Gi/], ['sc1', '1Ti', undefined, 12, /12 MiB\/s for each TiB/],
]

const shown = ([type, size, iops, throughput]: (typeof limits)[number]): string =>
  `${type} of ${size}${iops === undefined ? '' : ` with ${iops} iops`}${throughput === undefined ? '' : ` at ${throughput} MiB/s`}`

test('the limits of every type that the chart offers are EBS\'s', t => {
  for (const each of limits) {
    const [type, size, iops, throughput, refused] = each
    const words = said(type, { size, ...iops === undefined ? {} : { iops }, ...throughput === undefined ? {} : { throughput } })
    if (refused === undefined) t.is(words, '', shown(each))
    else t.regex(words, refused, shown(each))
  }
})

test('a volume that asks for nothing gets what EBS gives to its type and size', t => {
  const given = (name: string, size: string) => performanceOf({}, size, volumeTypeSpec.parse({ storageClassName: 'fast', ...catalogue[name] }))
  t.deepEqual(given('gp3', '1Gi'), { iops: 3000, throughput: 125 })
  t.deepEqual(['1Gi', '33Gi', '34Gi', '1Ti', '5333Gi', '5334Gi', '16Ti'].map(size => given('gp2', size).iops), [100, 100, 102, 3072, 15999, 16000, 16000])
  t.deepEqual(['125Gi', '1Ti', '12Ti', '12800Gi', '16Ti'].map(size => given('st1', size).throughput), [5, 40, 480, 500, 500])
  t.deepEqual(['125Gi', '1Ti', '16Ti'].map(size => given('sc1', size).throughput), [2, 12, 192])
})

test('a volume that is made changes to types of its own storage alone', t => {
  const view = aView({ getVolumeType: name => ({ gp3: aVolumeType('gp3'), io2: aVolumeType('io2'), nvme: aVolumeType('nvme', { storageClassName: 'nvme' }) })[name] })
  const change = (volumeType: string, status?: object) =>
    volumeVerdict(aVolume('data', { volumeType }), { ...aVolume('data'), ...status === undefined ? {} : { status } } as never, view).map(({ message }) => message)
  t.deepEqual(change('io2', { size: '20Gi' }), [])
  t.deepEqual(change('nvme'), [], 'what is not made yet may be made of anything')
  t.regex(change('nvme', { size: '20Gi' }).join(), /nvme is other storage \(StorageClass "nvme"\) than gp3 \("fast"\).*make a Snapshot and create a new Volume from it/)
})

test('what a type gives to all is never refused when a volume asks for just that', t => {
  const asks = fc.record({ name: fc.constantFrom('gp3', 'io1', 'io2'), size: fc.integer({ min: 4, max: 16384 }) })
  fc.assert(fc.property(asks, ({ name, size }) => said(name, { size: `${size}Gi`, ...performanceOf({}, `${size}Gi`, typeNamed(name).spec) }) === ''), { numRuns: 50 })
  t.pass()
})
