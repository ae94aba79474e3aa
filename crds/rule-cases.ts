import type { Definition } from './definition.ts'

/**
 * One object, or one change of an object, and what an API server must say to it.
 */
export type RuleCase = {
  /** Completes the sentence "An Instance …" or "A VPC …". */
  title: string
  /** Fields that differ from the valid base spec; `undefined` takes a field away. */
  spec?: Record<string, unknown>
  /** Makes it an update: fields of the stored spec that differ from the valid base spec. */
  was?: Record<string, unknown>
  name?: string
  /** Part of the message; left out, the object is accepted. */
  refused?: string
}

/** The cases of one kind. Every CEL rule of the kind must be seen to hold and to refuse in them. */
export type RuleCases = { definition: Definition; base: Record<string, unknown>; cases: readonly RuleCase[] }

type CaseObject = { apiVersion: string; kind: string; metadata: { name: string }; spec: object }

/** The object of a case, defaults filled in. Throws ZodError when the schema itself refuses it. */
export const objectOf = ({ definition, base }: RuleCases, changes: Record<string, unknown> | undefined, name = 'example'): CaseObject => ({
  apiVersion: `${definition.group}/${definition.version}`,
  kind: definition.kind,
  metadata: { name },
  spec: definition.spec.parse(Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined))),
})
