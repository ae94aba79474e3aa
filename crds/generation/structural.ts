import { z } from 'zod'
import type { StructuralSchema } from '../structural-schema.ts'
import { missingFrom } from './bounds.ts'
import { listDefaults } from './list-defaults.ts'
import { ruleProblems } from './rules.ts'

/** What kept a zod schema from becoming a structural schema; `problems` has one line a field. */
export class SchemaError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`the schema can't become a CustomResourceDefinition:\n${problems.map(problem => `  ${problem}`).join('\n')}`)
    this.name = 'SchemaError'
    this.problems = problems
  }
}

/**
 * The structural schema of a zod schema. Throws SchemaError on everything that a structural schema can't hold, that would get lost on the
 * way (refinements, transformations), or that has no bounds or description.
 *
 * @param path - of the field, for messages, for example `Instance.spec`.
 */
export const structuralSchemaOf = (schema: z.ZodType, path: string): StructuralSchema => {
  const problems: string[] = []
  const refined = new Set<string>()
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'any',
    override: ({ zodSchema, path: at }) => {
      const problem = problemOf(zodSchema)
      if (isRefined(zodSchema)) refined.add(readable(path, at))
      if (problem !== undefined) problems.push(`${readable(path, at)}: ${problem}`)
    },
  })
  if (problems.length > 0) throw new SchemaError(problems)
  const structural = clean(json, path, problems)
  problems.push(...ruleProblems(structural, path), ...listDefaults(structural, path), ...lostRefinements(structural, path, refined))
  if (problems.length > 0) throw new SchemaError(problems)
  return structural
}

const supported = new Set(['object', 'string', 'number', 'int', 'boolean', 'array', 'record', 'enum', 'literal', 'optional', 'default', 'prefault'])

const problemOf = (schema: z.core.$ZodTypes): string | undefined => {
  const { def } = schema._zod
  if (def.type === 'union') return 'a union: write optional fields and a CEL rule "exactly one" instead'
  if (!supported.has(def.type)) return `${def.type} can't be held by a structural schema`
  if (def.type === 'object' && def.catchall !== undefined) {
    return 'a strict or loose object: the API server prunes unknown fields, additionalProperties beside properties is refused'
  }
  if (def.type === 'record' && def.keyType._zod.def.type !== 'string') return 'a record with keyed names: write an object with optional fields instead'
  return undefined
}

const isRefined = (schema: z.core.$ZodTypes): boolean =>
  schema._zod.def.checks?.some(check => check._zod.def.check === 'custom' || check._zod.def.check === 'overwrite') ?? false

/** zod visits a schema once with its metadata and once without, so what a refinement's rule is can be seen in the result only. */
const lostRefinements = (schema: StructuralSchema, path: string, refined: ReadonlySet<string>): string[] => [
  ...refined.has(path) && schema['x-kubernetes-validations'] === undefined ? [`${path}: a refinement without a CEL rule: it would be lost`] : [],
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => lostRefinements(child, `${path}.${name}`, refined)),
  ...schema.items === undefined ? [] : lostRefinements(schema.items, `${path}[]`, refined),
  ...typeof schema.additionalProperties === 'object' ? lostRefinements(schema.additionalProperties, `${path}{}`, refined) : [],
]

const kept = new Set([
  'type', 'format', 'description', 'default', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'maxProperties',
  'required', 'properties', 'items', 'additionalProperties', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type',
  'x-kubernetes-validations',
])

const clean = (json: Record<string, unknown>, path: string, problems: string[]): StructuralSchema => {
  for (const key of Object.keys(json)) if (!kept.has(key)) problems.push(`${path}: ${key} can't be held by a structural schema`)
  const schema = { ...json } as StructuralSchema
  if (schema.type === 'integer') schema.format = 'int64'
  if (schema.pattern !== undefined) schema.pattern = schema.pattern.replaceAll('\\/', '/')
  if (schema.minLength === 0) delete schema.minLength
  if (schema.minItems === 0) delete schema.minItems
  problems.push(...missingFrom(schema).map(problem => `${path}: ${problem}`))
  if (schema.properties !== undefined) {
    schema.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, child]) =>
      [name, clean(child as Record<string, unknown>, `${path}.${name}`, problems)]))
  }
  if (schema.items !== undefined) schema.items = clean(schema.items, `${path}[]`, problems)
  if (typeof schema.additionalProperties === 'object') {
    schema.additionalProperties = clean(schema.additionalProperties, `${path}{}`, problems)
  }
  return schema
}

const readable = (path: string, at: readonly (string | number)[]): string =>
  at.reduce<string>((text, part, index) => {
    if (at[index - 1] === 'properties') return `${text}.${part}`
    if (part === 'items') return `${text}[]`
    if (part === 'additionalProperties') return `${text}{}`
    return text
  }, path)
