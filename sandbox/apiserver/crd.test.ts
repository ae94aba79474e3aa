import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import type { StructuralSchema } from '../../crds/structural-schema.ts'
import { crdStatus, prepareCrd, servedResources, storeVersions, takenNames, validateCrd, type Crd } from './crd.ts'
import type { AnyObject } from './resource.ts'

const definition = (change: (crd: Crd, properties: Record<string, StructuralSchema>) => void = () => undefined): AnyObject => {
  const properties: Record<string, StructuralSchema> = { a: { type: 'string' } }
  const crd: Crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'vvs.t.example.com' },
    spec: {
      group: 't.example.com',
      names: { kind: 'Vv', plural: 'vvs' },
      scope: 'Namespaced',
      versions: [{
        name: 'v1', served: true, storage: true, subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
      }],
    },
  }
  change(crd, properties)
  prepareCrd(crd)
  return crd
}

const problems = (change: Parameters<typeof definition>[0], old?: AnyObject) => validateCrd(definition(change), old).map(({ field, message }) => `${field}: ${message}`)
const at = 'spec.validation.openAPIV3Schema.properties[spec].properties[b]'
const list = (schema: StructuralSchema): StructuralSchema => ({ type: 'array', items: { type: 'object', properties: { n: { type: 'string' } } }, ...schema })

/** As a real API server (1.36) answered. */
const schemas: [string, StructuralSchema, string[]][] = [
  ['a field without a type', {}, [`${at}.type: Required value: must not be empty for specified object fields`]],
  ['items without a type', { type: 'array', items: {} }, [`${at}.items.type: Required value: must not be empty for specified array items`]],
  ['a list without items', { type: 'array' }, [`${at}.items: Required value: must be specified`]],
  ['properties beside additionalProperties', { type: 'object', properties: { x: { type: 'string' } }, additionalProperties: { type: 'string' } },
    [`${at}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`]],
  ['a rule that says nothing', { type: 'string', maxLength: 5, 'x-kubernetes-validations': [{ rule: '' }] },
    [`${at}.x-kubernetes-validations[0].rule: Required value: rule is not specified`]],
  ['a map list without keys', list({ 'x-kubernetes-list-type': 'map' }),
    [`${at}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`]],
  ['a map list with an optional key', list({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'] }),
    [`${at}.items.properties[n].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`]],
  ['uniqueItems', { type: 'array', uniqueItems: true, items: { type: 'string' } },
    [`${at}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`]],
  ['a type inside anyOf', { type: 'string', anyOf: [{ type: 'string' }] }, [`${at}.anyOf[0].type: Forbidden: must be empty to be structural`]],
  ['int-or-string spelled out', { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }, []],
]

for (const [title, schema, expected] of schemas) {
  test(`a schema is judged as a real API server does: ${title}`, (t) => {
    t.deepEqual(problems((_, properties) => { properties['b'] = schema }), expected)
  })
}

test('a definition that is fine has no problems', (t) => t.deepEqual(problems(undefined), []))

test('what a definition says about itself must fit together', (t) => {
  t.deepEqual(problems((crd) => { crd.metadata.name = 'x.y.z' }), ['metadata.name: Invalid value: "x.y.z": must be spec.names.plural+"."+spec.group'])
  t.deepEqual(problems((crd) => { crd.spec.names.listKind = 'Vv' }), ['spec.names.listKind: Invalid value: "Vv": kind and listKind may not be the same'])
  t.regex(problems((crd) => { crd.spec.versions[0]!.storage = false })[0] ?? '', /must have exactly one version marked as storage version$/)
  t.deepEqual(problems((crd) => { crd.spec.versions[0]!.additionalPrinterColumns = [{ name: 'A', type: 'foo', jsonPath: '.spec.a' }] }),
    ['spec.additionalPrinterColumns[0].type: Invalid value: "foo": must be one of boolean,date,integer,number,string'])
  t.deepEqual(problems((crd) => { crd.spec.versions[0]!.selectableFields = [{ jsonPath: '.spec.none' }] }),
    ['spec.selectableFields[0].jsonPath: Invalid value: ".spec.none": is an invalid path: does not refer to a valid field'])
})

const established = (crd: AnyObject): AnyObject => ({ ...crd, status: crdStatus(crd, takenNames([], 't.example.com', 'vvs.t.example.com'), 'now') })

test('kind and scope are fixed once a definition is established', (t) => {
  const old = established(definition())
  const change = (crd: Crd) => {
    crd.spec.scope = 'Cluster'
    crd.spec.names.kind = 'Ww'
    crd.spec.names.listKind = 'WwList'
  }
  t.deepEqual(problems(change, old), ['spec.scope: Invalid value: "Cluster": field is immutable', 'spec.names.kind: Invalid value: "Ww": field is immutable'])
})

const required = 'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'
const invalid = (given: string) => `metadata.annotations[api-approved.kubernetes.io]: Invalid value: "${given}": protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`

test("a group of Kubernetes' own is defined by who says where that was approved, or that it was not; what is there already stays", (t) => {
  const protectedGroup = (approval?: string) => (crd: Crd) => {
    Object.assign(crd.spec, { group: 'a.k8s.io' })
    Object.assign(crd.metadata, { name: 'vvs.a.k8s.io', ...approval === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': approval } } })
  }
  t.deepEqual(problems(protectedGroup()), [required])
  for (const bad of ['nonsense', '/path']) t.deepEqual(problems(protectedGroup(bad)), [invalid(bad)])
  for (const good of ['https://github.com/x/y/pull/1', 'unapproved, for now']) t.deepEqual(problems(protectedGroup(good)), [])
  t.deepEqual(problems(protectedGroup(), definition(protectedGroup())), [])
})

test('a version that objects may be stored in cannot go', (t) => {
  const crd = definition()
  storeVersions(crd)
  t.deepEqual((crd as Crd).status?.storedVersions, ['v1'])
  const next = structuredClone(crd) as Crd
  next.spec.versions[0]!.name = 'v2'
  storeVersions(next, crd)
  t.deepEqual(next.status?.storedVersions, ['v1', 'v2'])
  t.regex(validateCrd(next, crd)[0]?.message ?? '', /missing from spec.versions; v1 was previously a storage version/)
})

test('a definition is served once its names are accepted, and says so', (t) => {
  const crd = definition()
  t.deepEqual(servedResources(crd), [])
  const served = established(crd)
  const [resource] = servedResources(served)
  t.like(resource, { group: 't.example.com', version: 'v1', kind: 'Vv', plural: 'vvs', singular: 'vv', listKind: 'VvList', hasStatus: true, custom: true })
  t.deepEqual((served as Crd).status?.conditions?.map(({ type, status, reason }) => [type, status, reason]),
    [['NamesAccepted', 'True', 'NoConflicts'], ['Established', 'True', 'InitialNamesAccepted']])
  t.deepEqual(crdStatus(served, { resources: new Set(), kinds: new Set() }, 'later'), (served as Crd).status, 'nothing changes, not even a time')
})

test('a name that another definition of the group holds is not given twice', (t) => {
  const other = established(definition())
  other.metadata.name = 'others.t.example.com'
  const status = crdStatus(definition(), takenNames([other], 't.example.com', 'vvs.t.example.com'), 'now')
  t.deepEqual(status.conditions?.map(({ type, status: value }) => [type, value]), [['NamesAccepted', 'False'], ['Established', 'False']])
  t.is(status.conditions?.[0]?.message, '"VvList" is already in use')
})

const generated = new URL('../../crds/generated/', import.meta.url)

for (const file of readdirSync(generated).filter((name) => name.endsWith('.kumulus.dev.yaml'))) {
  test(`our own definition is accepted: ${file}`, (t) => {
    const crd = parse(readFileSync(new URL(file, generated), 'utf8')) as AnyObject
    prepareCrd(crd)
    t.deepEqual(validateCrd(crd), [])
  })
}
