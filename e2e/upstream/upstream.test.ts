import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createUpstreamServer, documentsIn } from './upstream-server.ts'

const source = process.env['UPSTREAM_CRDS']
const root = join(import.meta.dirname, '../..')
const goldens = globSync('operator/**/golden/*.yaml', { cwd: root }).sort()

if (source === undefined || source === '') {
  test('what we emit is as upstream\'s CRDs want it', t => {
    t.log('skipped: set UPSTREAM_CRDS to a file or folder of the CustomResourceDefinitions of KubeVirt, CDI, Kube-OVN, CSI snapshots and Multus')
    t.pass()
  })
} else {
  const server = createUpstreamServer(source)
  test.after.always(async () => (await server).close())

  for (const file of goldens) {
    test.serial(`${file} is as upstream wants it, to the last field`, async t => {
      const documents = documentsIn(readFileSync(join(root, file), 'utf8')) as KubeObject[]
      t.true(documents.length > 0)
      for (const document of documents) t.is(await (await server).refusalOf(document), undefined, `${document.kind} ${document.metadata.name}`)
    })
  }

  test.serial('a field that upstream doesn\'t know, a wrong type and a kind that isn\'t there are refused, so the others mean something', async t => {
    const subnet = { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 's' } as KubeObject['metadata'] }
    const { refusalOf } = await server
    t.is(await refusalOf({ ...subnet, spec: { gateway: '10.0.0.1' } } as KubeObject), undefined)
    t.regex(await refusalOf({ ...subnet, spec: { gatewy: '10.0.0.1' } } as KubeObject) ?? '', /gatewy/)
    t.regex(await refusalOf({ ...subnet, spec: { gateway: 1 } } as KubeObject) ?? '', /gateway/)
    t.regex(await refusalOf({ ...subnet, kind: 'Subnett' }) ?? '', /not served/)
  })

  test.serial('upstream\'s definitions are all there', async t => {
    const { kinds } = await server
    for (const kind of ['VirtualMachine', 'DataVolume', 'Vpc', 'Subnet', 'VolumeSnapshot', 'NetworkAttachmentDefinition']) t.true(kinds.has(kind), kind)
  })
}
