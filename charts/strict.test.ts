import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { programNames } from '../images/programs.ts'
import { testServer } from '../sandbox/apiserver/test-server.ts'
import { kubeOvnCrds } from '../sandbox/stand-ins/kube-ovn/crds.ts'
import { chartFolder, only, rendered, releaseNamespace, type Manifest, valuesFolder } from './testing/helm.ts'

/** Kinds of the Prometheus operator, of which no definition is at hand. */
const foreign = 'monitoring.coreos.com/v1'

const plurals: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies', ValidatingAdmissionPolicy: 'validatingadmissionpolicies', NetworkAttachmentDefinition: 'network-attachment-definitions',
}

const collectionOf = ({ apiVersion, kind, metadata }: Manifest): string => {
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`
  const inside = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}${inside}/${plural}`
}

for (const set of ['defaults', 'minimal', 'everything']) {
  test(`an API server takes every object of ${set} to the last field, and every type of the catalogue in it`, async t => {
    const flags = set === 'defaults' ? [] : ['--values', `${valuesFolder}/${set}.yaml`]
    const objects = (await rendered(...flags)).filter(({ apiVersion }) => apiVersion !== foreign)
    const { send, clock } = testServer()
    const create = async (object: Manifest) => {
      const { status, body } = await send('POST', collectionOf(object), object, { query: { fieldValidation: 'Strict' } })
      t.is(status, 201, `${object.kind} ${object.metadata.name}: ${body.message}`)
    }
    for (const definition of kubeOvnCrds) await create(definition)
    for (const name of [releaseNamespace, 'team-a', 'team-b']) await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    for (const object of objects) await create(object)
    if (set === 'minimal') return
    await clock.advance(5000)
    const { 'catalog.yaml': catalog = '' } = only(objects, 'ConfigMap', 'kumulus-catalog')['data'] as Record<string, string>
    const types = parseAllDocuments(catalog).map(document => document.toJS() as Manifest | null).filter(each => each !== null)
    t.true(types.length > 10)
    // The operator fills in what the cluster's default is.
    for (const type of types) await create(type.kind === 'VolumeType' ? { ...type, spec: { storageClassName: 'standard', ...type['spec'] as object } } : type)
  })
}

test('nothing is made up when the chart is rendered: the same text comes of the same values, whatever cluster is asked', async t => {
  const templates = readdirSync(`${chartFolder}/templates`).map(name => readFileSync(`${chartFolder}/templates/${name}`, 'utf8')).join('\n')
  const actions = [...templates.matchAll(/\{\{.*?\}\}/gs)].map(([text]) => text).filter(text => !text.includes('/*')).join('\n')
  t.notRegex(actions, /\b(lookup|rand[A-Z]\w*|gen[A-Z]\w*|uuidv4|now|htpasswd|derivePassword|Capabilities)\b/)
  t.deepEqual(await rendered(), await rendered('--kube-version', '1.40.0', '--api-versions', 'kumulus.dev/v1alpha1', '--is-upgrade'))
})

test('every program of a release is started by the file that the image has for it, without rights that it does not need', async t => {
  for (const deployment of (await rendered()).filter(({ kind }) => kind === 'Deployment')) {
    const { template } = deployment['spec'] as { template: { spec: { containers: Record<string, unknown>[] } & Record<string, unknown> } }
    const [container = {}] = template.spec.containers
    const program = programNames.find(name => deployment.metadata.name === `kumulus-${name}`)
    t.deepEqual(container['command'], ['node', `/kumulus/${program}.js`])
    t.like(template.spec, { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } })
    t.deepEqual(container['securityContext'], { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
    t.truthy(container['livenessProbe'])
    t.truthy(container['readinessProbe'])
    t.truthy(container['resources'])
  }
})
