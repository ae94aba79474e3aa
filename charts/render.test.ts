import test from 'ava'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { generatedFiles } from '../crds/generate.ts'
import { chartFiles, chartFolders } from './generate.ts'
import { differences } from '../crds/generation/drift.ts'
import { leavesOf, type ValuesSchema } from './generation/schema.ts'
import { chartFolder, helm, only, rendered, type Manifest, valuesFolder } from './testing/helm.ts'

const sets = { defaults: [], minimal: ['--values', `${valuesFolder}/minimal.yaml`], everything: ['--values', `${valuesFolder}/everything.yaml`] }

/** As a file: definitions and roles of the API by name alone, since they are compared with their own source. */
const shortened = (manifest: Manifest): Manifest =>
  manifest.kind === 'CustomResourceDefinition' ? { ...manifest, spec: '(as in crds/generated)' } : manifest

for (const [name, flags] of Object.entries(sets)) {
  // `UPDATE_GOLDEN=1` writes the file instead: read the difference before you commit it.
  test(`what is rendered with ${name} is as the golden file says`, async t => {
    const file = new URL(`golden/${name}.yaml`, import.meta.url)
    const objects = (await rendered(...flags)).map(shortened)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, objects.map(object => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n'))
    const expected = existsSync(file) ? parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as unknown) : []
    t.deepEqual(objects, expected as Manifest[])
  })

  test(`helm lint has nothing to say with ${name}`, async t => {
    t.regex(await helm(['lint', chartFolder, '--strict', '--kube-version', '1.36.0', ...flags]), /1 chart\(s\) linted, 0 chart\(s\) failed/)
  })

  test(`no object is rendered twice with ${name}, and each says what it belongs to`, async t => {
    const objects = await rendered(...flags)
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
    t.deepEqual(names.filter((each, index) => names.indexOf(each) !== index), [])
    for (const { kind, metadata } of objects) t.like(metadata.labels, { 'app.kubernetes.io/part-of': 'kumulus', 'app.kubernetes.io/managed-by': 'Helm' }, `${kind} ${metadata.name}`)
  })
}

test('what the chart has of others is what they are', t => t.deepEqual(differences(chartFiles(), chartFolders), []))

test('the definitions come out of the chart as they are generated, and are kept unless a platform says otherwise', async t => {
  const definitions = new Map([...generatedFiles()].filter(([path]) => path.endsWith('.kumulus.dev.yaml')).map(([, text]) => parse(text) as Manifest).map(each => [each.metadata.name, each]))
  for (const keep of [true, false]) {
    const found = (await rendered('--set', `crds.keep=${keep}`)).filter(({ kind }) => kind === 'CustomResourceDefinition')
    t.is(found.length, definitions.size)
    for (const { metadata, spec } of found) {
      t.deepEqual(spec, definitions.get(metadata.name)?.['spec'], metadata.name)
      t.is(metadata.annotations?.['helm.sh/resource-policy'], keep ? 'keep' : undefined)
    }
  }
})

test('every value has a description, a default that its own schema admits, and a line in the set in which every one differs', t => {
  const schema = JSON.parse(readFileSync(`${chartFolder}/values.schema.json`, 'utf8')) as ValuesSchema
  const everything = parse(readFileSync(`${valuesFolder}/everything.yaml`, 'utf8')) as Record<string, unknown>
  for (const { path, schema: { description = '', default: standard } } of leavesOf(schema)) {
    t.true(description.length > 10, path)
    const value = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], everything)
    if (!without.has(path)) t.notDeepEqual(value ?? standard, standard, path)
  }
})

test('every shard may hold its own Lease and no other', async t => {
  const role = only(await rendered(...sets.everything), 'Role', 'kumulus-operator')
  const leases = (role['rules'] as { resources: string[]; resourceNames?: string[] }[]).filter(({ resources }) => resources.includes('leases'))
  t.deepEqual(leases.flatMap(({ resourceNames = [] }) => resourceNames), ['kumulus-operator-north', 'kumulus-operator-south'])
})

/** Their other value takes away what the set is there to show, or there is none. */
const without = new Set(['operator.leaderElect', 'admission.enabled', 'crds.enabled', 'tenantRoles.enabled', 'admissionPolicy.enabled', 'podDisruptionBudget.enabled', 'networkPolicy.enabled', 'instanceTypes.enabled', 'volumeTypes.enabled'])

const rejected: [title: string, flags: string[], said: RegExp][] = [
  ['a value that nothing reads', ['--set', 'operator.replcias=3'], /additional properties 'replcias' not allowed/],
  ['two operators that do not elect', ['--set', 'operator.leaderElect=false'], /\/operator\/replicas': maximum: got 2, want 1/],
  ['a driver that there is not', ['--set', 'operator.securityGroupDriver=iptables'], /\/operator\/securityGroupDriver': value must be one of 'networkPolicy', 'kubeOVN'/],
  ['a log level that there is not', ['--set', 'logLevel=loud'], /\/logLevel': value must be one of/],
  ['a source without the slash that ends its host', ['--set', 'images.sources={http://images.internal}'], /\/images\/sources\/0': .*does not match pattern/],
  ['a source that is no URL', ['--set', 'images.sources={images}'], /\/images\/sources\/0'/],
  ['a range that is none', ['--set', 'images.platformRanges={10.0.0.1}'], /\/images\/platformRanges\/0'/],
  ['an account that is no namespace', ['--set', 'accounts={Team_A}'], /\/accounts\/0'/],
  ['an admission server without TLS', ['--set', 'admission.url=http://admission'], /\/admission\/url'/],
  ['a shard that serves nothing', ['--set', 'operator.shards[0].name=a'], /\/operator\/shards\/0': missing property 'namespaces'/],
  ['a digest that is none', ['--set', 'image.digest=latest'], /\/image\/digest'/],
  ['an image without a name', ['--set', 'image.repository='], /\/image\/repository': minLength/],
  ['a text where a number belongs', ['--set-string', 'operator.replicas=2'], /\/operator\/replicas': got string, want integer/],
  ['a pull secret by name alone', ['--set', 'imagePullSecrets={registry}'], /\/imagePullSecrets\/0': got string, want object/],
  ['a family that there is not', ['--set', 'instanceTypes.families={t2}'], /\/instanceTypes\/families\/0'/],
  ['a VolumeType that there is not', ['--set', 'volumeTypes.names={gp4}'], /\/volumeTypes\/names\/0'/],
  ['no port at which API servers are', ['--set-json', 'networkPolicy.apiServerPorts=[]'], /\/networkPolicy\/apiServerPorts': minItems/],
]
for (const [title, flags, said] of rejected) {
  test(`${title} is refused, with the value named`, async t => {
    const error = await t.throwsAsync(rendered(...flags))
    t.regex(error?.message ?? '', said)
  })
}

test('versions of the chart, the program and the image that is told of are one', async t => {
  const chart = parse(readFileSync(`${chartFolder}/Chart.yaml`, 'utf8')) as { version: string; appVersion: string; annotations: Record<string, string> }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  t.is(chart.appVersion, version)
  const [image] = parse(chart.annotations['artifacthub.io/images'] ?? '') as { image: string }[]
  const deployment = only(await rendered(), 'Deployment', 'kumulus-operator')['spec'] as { template: { spec: { containers: { image: string }[] } } }
  t.is(deployment.template.spec.containers[0]?.image, image?.image)
  const told = parse(chart.annotations['artifacthub.io/crds'] ?? '') as { kind: string; name: string }[]
  const there = (await rendered()).filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ metadata }) => metadata.name)
  t.deepEqual(told.filter(({ name }) => !there.includes(name)), [])
})
