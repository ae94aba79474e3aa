import type { Definition } from '../definition.ts'
import type { StructuralSchema } from '../structural-schema.ts'
import { ruleProblems } from './rules.ts'
import { SchemaError, structuralSchemaOf } from './structural.ts'

/** The structural schema of a whole object of a kind. Throws SchemaError. */
export const objectSchemaOf = (definition: Definition): StructuralSchema => {
  const schema = wholeSchemaOf(definition)
  const problems = ruleProblems(schema, definition.kind)
  if (problems.length > 0) throw new SchemaError(problems)
  return schema
}

const wholeSchemaOf = (definition: Definition): StructuralSchema => ({
  type: 'object',
  description: definition.description,
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string', description: `${definition.group}/${definition.version}` },
    kind: { type: 'string', description: definition.kind },
    metadata: { type: 'object' },
    spec: structuralSchemaOf(definition.spec, `${definition.kind}.spec`),
    // A fresh object must not be taken for done by tools that compare observedGeneration with generation.
    status: { ...structuralSchemaOf(definition.status, `${definition.kind}.status`), default: { observedGeneration: -1 } },
  },
  ...definition.rules.length > 0 ? { 'x-kubernetes-validations': [...definition.rules] } : {},
})

/** The CustomResourceDefinition of a kind, as one applies it. Throws SchemaError. */
export const customResourceDefinitionOf = (definition: Definition) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${definition.plural}.${definition.group}`,
    labels: { 'app.kubernetes.io/part-of': 'kumulus' },
  },
  spec: {
    group: definition.group,
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    names: {
      kind: definition.kind,
      listKind: `${definition.kind}List`,
      plural: definition.plural,
      singular: definition.singular,
      shortNames: [...definition.shortNames],
      categories: [...definition.categories],
    },
    versions: [{
      name: definition.version,
      served: true,
      storage: true,
      subresources: { status: {}, ...definition.scale === undefined ? {} : { scale: definition.scale } },
      additionalPrinterColumns: [...definition.columns],
      schema: { openAPIV3Schema: objectSchemaOf(definition) },
    }],
  },
})
