import type { ResourceType } from '../crds/kubernetes.ts'
import type { Cluster } from './cluster.ts'
import { progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { namespace } from './manifests.ts'

const WRITES = 5000
const LIMIT = 15_000
/** As many as the operator's own connections. */
const WIDTH = 32

const configMaps: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

/** The yardstick: how fast the same server takes small server-side applies over the same connections from a client that does nothing else. */
export const measureRawWrites = async ({ client }: Cluster, report: Report): Promise<void> => {
  progress(`raw: ${WRITES} writes, ${WIDTH} at a time`)
  const begun = performance.now()
  const done = await inParallel(WRITES, WIDTH, LIMIT, (index) =>
    client.apply(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `raw-${index}`, namespace }, data: { index: `${index}` } }, { fieldManager: 'bench' }))
  const seconds = (performance.now() - begun) / 1000
  report({ name: 'raw_writes_per_s', value: done / seconds, unit: '1/s', scenario: 'raw', writes: done, concurrency: WIDTH })
  await inParallel(done, WIDTH, LIMIT, (index) => client.delete(configMaps, { name: `raw-${index}`, namespace }))
}
