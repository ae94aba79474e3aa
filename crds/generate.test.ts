import test from 'ava'
import { z } from 'zod'
import { define, type Definition } from './definition.ts'
import { bytes, choice, flag, integer, list, rule, statusFields, struct, text } from './fields.ts'
import { customResourceDefinitionOf, objectSchemaOf } from './generation/custom-resource-definition.ts'
import { generatedFiles, generatedFolder } from './generate.ts'
import { differences } from './generation/drift.ts'
import { structuralSchemaOf } from './generation/structural.ts'
import type { StructuralSchema } from './structural-schema.ts'
import { everyDefinition, instance } from './v1alpha1/index.ts'

const refusal = (schema: z.ZodType): string => {
  try {
    structuralSchemaOf(struct('An object.', { field: schema }), 'Thing.spec')
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

const described = { description: 'A field.' }

const refused: [string, z.ZodType, RegExp][] = [
  ['a union', z.union([z.string().max(1), z.boolean()]).meta(described), /Thing\.spec\.field: a union: write optional fields/],
  ['a nullable field', z.string().max(5).nullable().meta(described), /Thing\.spec\.field: nullable can't be held/],
  ['anything goes', z.unknown().meta(described), /Thing\.spec\.field: unknown can't be held/],
  ['a date', z.date().meta(described), /Thing\.spec\.field: date can't be held/],
  ['a transformation', z.string().max(5).transform(value => value.length).meta(described), /Thing\.spec\.field: pipe can't be held/],
  ['a strict object', z.strictObject({ a: flag('A.') }).meta(described), /Thing\.spec\.field: a strict or loose object/],
  ['a record with keyed names', z.record(z.enum(['a', 'b']), z.string().max(5).meta(described)).meta({ ...described, maxProperties: 2 }), /a record with keyed names/],
  ['a refinement without a rule', z.string().max(5).refine(value => value !== 'x').meta(described), /a refinement without a CEL rule/],
  ['a string without maxLength', z.string().meta(described), /Thing\.spec\.field: maxLength is missing/],
  ['a number without bounds', z.int().meta(described), /Thing\.spec\.field: minimum is missing[\s\S]*maximum is missing/],
  ['a list without maxItems', z.array(flag('A.')).meta({ ...described, 'x-kubernetes-list-type': 'atomic' }), /Thing\.spec\.field: maxItems is missing/],
  ['a list without a type', z.array(flag('A.')).max(5).meta(described), /x-kubernetes-list-type is missing/],
  ['a map without maxProperties', z.record(z.string(), z.string().max(5).meta(described)).meta(described), /Thing\.spec\.field: maxProperties is missing/],
  ['a list keyed by what is not there', list(struct('A.', { a: flag('A.') }), { ...described, max: 3, keys: ['b'] }), /items have no field b/],
  ['a list keyed by what may be missing', list(struct('A.', { a: flag('A.').exactOptional() }), { ...described, max: 3, keys: ['a'] }), /a must be required or have a default/],
  ['a default inside a list', list(struct('A.', { a: flag('A.').default(false) }), { ...described, max: 3 }), /Thing\.spec\.field\[\]\.a: a default inside a list/],
  ['no description', z.boolean(), /Thing\.spec\.field: description is missing/],
  ['a pattern beyond RE2', z.string().max(5).regex(/^(?!a)b$/).meta(described), /is not RE2/],
  ['a format of its own', z.string().max(50).meta({ ...described, format: 'uuid' }), /format uuid is not checked alike everywhere/],
  ['a rule of unknown functions', text({ ...described, max: 5, rules: [rule('isNice(self)', 'be nice')] }), /function isNice is not known here/],
  ['a rule that names a field that is not there', struct({ ...described, rules: [rule('!has(self.b) || self.a', 'no')] }, { a: flag('A.') }), /undefined field 'b'/],
  ['a rule that points nowhere', struct({ ...described, rules: [rule('true', 'no', { fieldPath: '.b' })] }, { a: flag('A.') }), /fieldPath \.b of the rule true is no field/],
  ['a rule on the past of list entries that can\'t be told apart', list(text({ ...described, max: 5, rules: [rule('self == oldSelf', 'no')] }), { ...described, max: 3 }),
    /uses oldSelf inside a list that is not of type map/],
]
for (const [title, schema, expected] of refused) test(`Generation fails on ${title} and names the field`, t => t.regex(refusal(schema), expected))

test('Generation takes a refinement that a CEL rule stands for', t => {
  const schema = z.string().max(5).refine(value => value !== 'x').meta({ ...described, 'x-kubernetes-validations': [rule("self != 'x'", 'not x')] })
  t.is(refusal(schema), 'accepted')
})

test('Every problem is named at once', t => t.regex(refusal(struct('A.', { a: z.string(), b: z.int() })), /field\.a: description[\s\S]*field\.a: maxLength[\s\S]*field\.b: minimum/))

const fleet: Definition = define({
  kind: 'Fleet',
  plural: 'fleets',
  shortNames: [],
  description: 'Several instances.',
  spec: struct('A.', { replicas: integer({ description: 'How many.', min: 0, max: 10 }), size: bytes('size', { description: 'Size.', min: '1Mi', max: '1Gi' }) }),
  status: struct('A.', { ...statusFields(), replicas: integer({ description: 'How many.', min: 0, max: 10 }), state: choice(['a'], 'State.') }),
  columns: [],
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
})

test('A kind with replicas gets a scale subresource', t => {
  t.deepEqual(customResourceDefinitionOf(fleet).spec.versions[0]?.subresources, { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } })
})

test('kubectl get instances shows NAME STATE TYPE PRIVATE-IP ZONE ID AGE, and more only with -o wide', t => {
  const columns = customResourceDefinitionOf(instance).spec.versions[0]?.additionalPrinterColumns ?? []
  t.deepEqual(columns.filter(column => column.priority === undefined).map(({ name }) => name.toUpperCase()), ['STATE', 'TYPE', 'PRIVATE-IP', 'ZONE', 'ID', 'AGE'])
  t.true(columns.slice(6).every(({ priority }) => priority === 1))
})

for (const definition of everyDefinition) {
  test(`kubectl get -o wide says of a ${definition.kind} why it is as it is and what to do, the longest words last`, t => {
    const wide = definition.columns.filter(({ priority }) => priority === 1).map(({ name }) => name)
    t.deepEqual([wide[0], wide.filter(name => name === 'Message').length, new Set(wide).size], ['Reason', 1, wide.length])
    t.is(wide.at(-1), 'Message')
  })

  test(`A fresh ${definition.kind} is not taken for done, and is found among all of Kumulus`, t => {
    t.deepEqual(objectSchemaOf(definition).properties?.['status']?.default, { observedGeneration: -1 })
    const { names } = customResourceDefinitionOf(definition).spec
    t.deepEqual(names.categories, ['kumulus'])
    t.true(names.shortNames.length > 0)
  })

  test(`Every column of ${definition.kind} shows a field that is there`, t => {
    for (const { jsonPath } of definition.columns.filter(({ name }) => name !== 'Age')) {
      const path = jsonPath.replace(/\[[^\]]*\]/g, '[]').split(/\.(?![^[]*\])/).filter(part => part !== '')
      const field = path.reduce<StructuralSchema | undefined>((at, part) => {
        const next = at?.properties?.[part.replace('[]', '')]
        return part.endsWith('[]') ? next?.items : next
      }, objectSchemaOf(definition))
      t.not(field, undefined, jsonPath)
    }
  })
}

test('The generated files are what the schemas say', t => t.deepEqual(differences(generatedFiles(), [generatedFolder]), []))

test('A file that differs is named with its first line that does', t => {
  const path = 'crds/generated/vpcs.kumulus.dev.yaml'
  const files = new Map([...generatedFiles(), [path, `${generatedFiles().get(path)?.replace('kind: CustomResourceDefinition', 'kind: Other')}`]])
  t.deepEqual(differences(files, [generatedFolder]), [`${path}:3\n- kind: CustomResourceDefinition\n+ kind: Other`])
})
