import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { AnyObject, Cause, ServedResource } from '../resource.ts'
import { invalidCause, nowhere } from './causes.ts'
import { checkRules, hasRules } from './check-rules.ts'
import { checkTree } from './check-tree.ts'
import { oldMember, uncorrelated } from './correlate.ts'
import { checkListTypes } from './list-types.ts'
import { checkScale } from './scale.ts'

const notChecked = 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

/** Complaints after which an object is too broken for rules to be asked about it. */
const blocking = new Set<Cause['reason']>(['FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid', 'FieldValueNotSupported'])

/**
 * What is wrong with a custom resource, as causes of a 422: by its schema, list types and rules. Metadata is checked elsewhere, and so are
 * built-in kinds, which have no rules in their schemas. What did not change since `old` may stay as wrong as it was, as in a real server.
 *
 * @param subresource - `status` looks at the status alone (rules apart).
 */
export const validateObject = (resource: ServedResource, object: AnyObject, old?: AnyObject, subresource = ''): Cause[] => {
  if (!resource.custom) return []
  const typeMeta = checkTypeMeta(resource, object)
  if (typeMeta.length > 0) return typeMeta
  const causes = subresource === 'status' ? checkStatus(resource, object, old) : checkTree(resource.schema, object, '', old ?? uncorrelated)
  causes.push(...checkScale(resource, object, subresource))
  // Duplicates that are there already may stay: a write that has nothing to do with them goes through.
  if (old === undefined || checkListTypes(resource.schema, old).length === 0) causes.push(...checkListTypes(resource.schema, object))
  if (causes.some(({ reason }) => blocking.has(reason))) return withNotChecked(resource, causes)
  return [...causes, ...checkRules(resource.schema, object, old ?? uncorrelated)]
}

/** Adds the remark that rules were not asked about an object that is broken anyway, where there are rules. */
export const withNotChecked = ({ schema }: ServedResource, causes: Cause[]): Cause[] =>
  hasRules(schema) ? [...causes, invalidCause(nowhere, null, notChecked)] : causes

const checkTypeMeta = (resource: ServedResource, { kind, apiVersion }: AnyObject): Cause[] => [
  ...(kind === resource.kind ? [] : [invalidCause('kind', kind, `must be ${resource.kind}`)]),
  ...(apiVersion === apiVersionOf(resource) ? [] : [invalidCause('apiVersion', apiVersion, `must be ${apiVersionOf(resource)}`)]),
]

const checkStatus = (resource: ServedResource, object: AnyObject, old: AnyObject | undefined): Cause[] => {
  const schema = resource.schema.properties?.status
  if (schema === undefined || object.status === undefined) return []
  return checkTree(schema, object.status, 'status', old === undefined ? uncorrelated : oldMember(old, 'status'))
}
