import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../operator/runtime/clock.ts'
import { startImageServer } from '../../sandbox/images/server.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { progress, type Report } from '../figures.ts'
import { median } from '../kept.ts'
import { type Anything, instance, kind, namespace } from '../manifests.ts'
import { until } from '../waiting.ts'
import { manifest } from './manifests.ts'
import { type Moments, noteMoments } from './moments.ts'
import { makeSparseImage, MIB_OF_BYTES, run, VIRTUAL_GIB } from './sparse-image.ts'

const MINUTE = 60_000
const ROUNDS = 3

/**
 * Real bytes, in the sandbox's importer and on QEMU: a large sparse image imported, beside what curl and qemu-img take for the same file; an
 * instance launched while its image is imported, and one once it is there.
 */
export const measureImages = async (report: Report): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-bench-images-'))
  progress(`storage: an image of ${VIRTUAL_GIB} GiB with ${MIB_OF_BYTES} MiB in it`)
  const server = await startImageServer(await makeSparseImage(directory), 0)
  try {
    const operatorArgs = ['--image-sources', new URL('/', server.url).href]
    const cluster = await startCluster({ instances: 2 * ROUNDS, profiles: undefined, hypervisor: 'qemu', operatorArgs })
    try {
      await cluster.startOperator()
      await measureRounds(cluster, server.url, directory, report)
    } finally {
      await cluster.stop()
    }
  } finally {
    await server.close()
    await rm(directory, { recursive: true, force: true })
  }
}

const measureRounds = async ({ client }: Cluster, url: string, directory: string, report: Report): Promise<void> => {
  const available = await noteMoments<Anything>(client, kind('Image'), namespace, ({ metadata, status }) => status?.state === 'available' ? [metadata.name] : [])
  const running = await noteMoments<Anything>(client, kind('Instance'), namespace, ({ metadata, status }) => status?.state === 'running' ? [metadata.name] : [])
  const [reference, imported, cold, cached]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    const [image, first, second] = [`sparse-${round}`, `cold-${round}`, `cached-${round}`]
    reference.push(await byHand(url, directory))
    const begun = systemClock.now()
    await client.create(kind('Image'), manifest('Image', image, { source: { http: { url } }, minSize: `${VIRTUAL_GIB}Gi` }))
    await client.create(kind('Instance'), launchedFrom(image, first))
    cold.push(await moment(running, first) - begun)
    imported.push(await moment(available, image) - begun)
    const again = systemClock.now()
    await client.create(kind('Instance'), launchedFrom(image, second))
    cached.push(await moment(running, second) - again)
    for (const name of [first, second]) await client.delete(kind('Instance'), { name, namespace })
  }
  for (const each of [available, running]) each.stop()
  const detail = { scenario: 'storage', virtualGiB: VIRTUAL_GIB, mibOfBytes: MIB_OF_BYTES, rounds: ROUNDS }
  report({ name: 'image_import_s', value: median(imported) / 1000, unit: 's', ...detail, mibPerSecond: Math.round(MIB_OF_BYTES * 1000 / median(imported)) })
  report({ name: 'curl_and_convert_s', value: median(reference) / 1000, unit: 's', ...detail })
  report({ name: 'image_import_ratio', value: median(imported) / median(reference), unit: 'of 1', ...detail })
  report({ name: 'launch_cold_s', value: median(cold) / 1000, unit: 's', ...detail })
  report({ name: 'launch_cached_s', value: median(cached) / 1000, unit: 's', ...detail })
}

const launchedFrom = (image: string, name: string) => {
  const { spec, ...rest } = instance(name)
  return { ...rest, spec: { ...spec as object, imageRef: { name: image }, blockDevices: [{ deviceName: '/dev/sda1', size: `${VIRTUAL_GIB}Gi`, volumeType: 'gp3' }] } }
}

const moment = async ({ at }: Moments, name: string): Promise<number> => {
  await until(name, 5 * MINUTE, async () => at.has(name))
  return at.get(name) ?? NaN
}

/** What somebody without a cloud types. Milliseconds. */
const byHand = async (url: string, directory: string): Promise<number> => {
  const [file, disk] = [join(directory, 'by-hand'), join(directory, 'by-hand.qcow2')]
  const begun = systemClock.now()
  await run('curl', ['--silent', '--show-error', '--fail', '--output', file, url])
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'qcow2', file, disk])
  const took = systemClock.now() - begun
  for (const each of [file, disk]) await rm(each)
  return took
}
