import { readFile } from 'node:fs/promises'
import test from 'ava'
import { parseAllDocuments } from 'yaml'
import type { NewObject } from '../../crds/kubernetes.ts'
import { instance } from '../../crds/v1alpha1/index.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { createWorld } from '../simulation/world.ts'

const source = process.env['UPSTREAM_CRDS']

/** Every write is held against the definitions to the last field; what is refused is noted, and refused. */
const strict = (refusals: string[]) => (transport: Transport): Transport => ({
  ...transport,
  request: async (request) => {
    const write = request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH'
    const answer = await transport.request(write ? { ...request, query: { ...request.query, fieldValidation: 'Strict' } } : request)
    if (answer.status === 400 || answer.status === 422) {
      refusals.push(`${request.method} ${request.path}: ${(answer.body as { message?: string } | undefined)?.message}`)
    }
    return answer
  },
})

if (source === undefined || source === '') {
  test("an instance's whole life is written as upstream's CRDs want it", (t) => {
    t.log('skipped: set UPSTREAM_CRDS to a folder of the CustomResourceDefinitions of KubeVirt, CDI, Kube-OVN, CSI snapshots and Multus')
    t.pass()
  })
} else {
  test("an instance's whole life is written as upstream's CRDs want it", async (t) => {
    const refusals: string[] = []
    const world = await createWorld({ crdFolder: source, wrap: strict(refusals) })
    const manifests = parseAllDocuments(await readFile('examples/quickstart.yaml', 'utf8')).map((document) => document.toJS() as Manifest)
    await world.apply(...manifests)
    const reach = (state: string) => world.until(async () => (await world.get(instance, 'web'))?.status?.['state'] === state)
    await reach('running')
    const web = manifests.find(({ kind }) => kind === 'Instance') as Manifest
    await world.apply({ ...web, spec: { ...web.spec, state: 'Stopped' } })
    await reach('stopped')
    await world.apply(web)
    await reach('running')
    await world.remove(instance, 'web')
    await world.until(async () => (await world.list(instance)).length === 0)
    t.deepEqual(refusals, [])
    await world.stop()
  })
}

type Manifest = NewObject & { spec: Record<string, unknown> }
