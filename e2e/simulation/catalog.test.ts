import test from 'ava'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { customResourceDefinitionOf } from '../../crds/generation/custom-resource-definition.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { everyDefinition, instanceType, volumeType } from '../../crds/v1alpha1/index.ts'
import { offerCatalog } from '../../operator/catalog/controller.ts'
import { readCatalog, type CatalogEntry } from '../../operator/catalog/manifests.ts'
import { storageClassResource } from '../../operator/providers/csi/resources.ts'
import { createClient } from '../../operator/runtime/client.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../operator/runtime/crd-guard.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { createRuntime } from '../../operator/runtime/runtime.ts'
import { testServer } from '../../sandbox/apiserver/test-server.ts'

type Typed = KubeObject & { spec: Record<string, unknown> }

const cluster = async () => {
  const { clock, transport } = testServer()
  const client = createClient(transport)
  for (const definition of everyDefinition) await client.create(CUSTOM_RESOURCE_DEFINITIONS, customResourceDefinitionOf(definition))
  await clock.advance(5000)
  return {
    client, clock,
    offer: async (...entries: CatalogEntry[]) => {
      const runtime = createRuntime({ transport, clock, log: silentLog, identity: 'test' })
      offerCatalog(runtime, entries)
      runtime.start()
      await clock.advance(10_000)
      return runtime
    },
    storageClass: (name: string, isDefault: boolean) => client.create(storageClassResource, {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'test',
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': `${isDefault}` } },
    }),
    spec: async (resource: ResourceType, name: string) => (await client.get<Typed>(resource, { name })).spec,
    names: async (resource: ResourceType) => (await client.list(resource, {})).items.map(({ metadata }) => metadata.name),
  }
}

const entry = (kind: string, name: string, spec: Record<string, unknown>): CatalogEntry => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
const large = (more: object = {}) => entry('InstanceType', 'm5.large', { vcpus: 2, memory: '8Gi', ...more })
const gp3 = (more: object = {}) => entry('VolumeType', 'gp3', { media: 'SSD', ...more })

test('what a platform offers is made, and what it offers otherwise later is changed', async (t) => {
  const { offer, spec, storageClass } = await cluster()
  await storageClass('fast', true)
  await (await offer(large(), gp3({ iops: { max: 16000 } }))).stop()
  t.like(await spec(instanceType, 'm5.large'), { vcpus: 2, memory: '8Gi' })
  await (await offer(large({ ebsBandwidthMbps: 650 }), gp3({ iops: { max: 32000 } }))).stop()
  t.like(await spec(instanceType, 'm5.large'), { ebsBandwidthMbps: 650 })
  t.like(await spec(volumeType, 'gp3'), { iops: { max: 32000 } })
})

test('what a person has changed of a type is theirs, and what an offer no longer has is not deleted', async (t) => {
  const { client, offer, spec, names } = await cluster()
  await (await offer(large())).stop()
  await client.mergePatch(instanceType, { name: 'm5.large' }, { spec: { state: 'Deprecated', ebsBandwidthMbps: 100 } })
  await (await offer(large({ ebsBandwidthMbps: 650 }), entry('InstanceType', 'm5.xlarge', { vcpus: 4, memory: '16Gi' }))).stop()
  t.like(await spec(instanceType, 'm5.large'), { state: 'Deprecated', ebsBandwidthMbps: 100 })
  await (await offer(entry('InstanceType', 'm5.xlarge', { vcpus: 4, memory: '16Gi' }))).stop()
  t.deepEqual((await names(instanceType)).sort(), ['m5.large', 'm5.xlarge'])
})

test('a volume type without a StorageClass waits for a default one, takes it, and keeps it when another becomes the default', async (t) => {
  const { client, clock, offer, spec, names, storageClass } = await cluster()
  await storageClass('slow', false)
  const first = await offer(gp3())
  t.deepEqual(await names(volumeType), [])
  await storageClass('fast', true)
  await clock.advance(10_000)
  t.like(await spec(volumeType, 'gp3'), { storageClassName: 'fast' })
  await first.stop()
  await client.mergePatch(storageClassResource, { name: 'fast' }, { metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'false' } } })
  await storageClass('faster', true)
  await (await offer(gp3({ throughput: { max: 500 } }))).stop()
  t.like(await spec(volumeType, 'gp3'), { storageClassName: 'fast', throughput: { max: 500 } })
})

test('an offer that is made already costs no write', async (t) => {
  const { client, offer, clock } = await cluster()
  await (await offer(large())).stop()
  const before = await client.get(instanceType, { name: 'm5.large' })
  const again = await offer(large())
  await clock.advance(3_600_000)
  t.is((await client.get(instanceType, { name: 'm5.large' })).metadata.resourceVersion, before.metadata.resourceVersion)
  await again.stop()
})

test('a catalogue that can’t be read is refused at the start, with what is wrong', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kumulus-catalog-')), 'catalog.yaml')
  const read = (text: string) => {
    writeFileSync(file, text)
    return readCatalog(file)
  }
  t.throws(() => readCatalog('/nonexistent'), { name: 'UsageError', message: /--catalog \/nonexistent: ENOENT/ })
  t.throws(() => read('kind: Instance\nmetadata: {name: web}\nspec: {}\n'), { name: 'UsageError', message: /Instance web: write InstanceTypes and VolumeTypes/ })
  t.throws(() => read('kind: InstanceType\nspec: {}\n'), { message: /with a name and a spec/ })
  t.deepEqual(read('---\nkind: InstanceType\nmetadata: {name: a}\nspec: {}\n---\n').map(({ metadata }) => metadata.name), ['a'])
})
