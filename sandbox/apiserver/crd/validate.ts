import { isDeepStrictEqual } from 'node:util'
import type { AnyObject, Cause, PrinterColumn } from '../resource.ts'
import { invalidCause, notSupportedCause, requiredCause } from '../schema/causes.ts'
import { checkApproval } from './approval.ts'
import { checkDefaults } from './defaults.ts'
import { isDns1035Label, isDns1123Subdomain, labelRule, subdomainRule } from './dns-names.ts'
import { checkRules } from './rules.ts'
import { checkSelectableFields } from './selectable-fields.ts'
import { checkStructure } from './structure.ts'
import type { Crd, CrdVersion } from './types.ts'

/** What is wrong with a CustomResourceDefinition, as the API server says it. Expects it prepared (names filled in). */
export const validateCrd = (object: AnyObject, old?: AnyObject): Cause[] => {
  const crd = object as Crd
  const before = old as Crd | undefined
  const name = `${crd.spec.names.plural}.${crd.spec.group}`
  return [
    ...(crd.metadata.name === name ? [] : [invalidCause('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...checkSpec(crd, before),
    ...checkStoredVersions(crd),
    ...checkApproval(crd, before),
    ...(before === undefined ? [] : checkImmutable(crd, before)),
  ]
}

const checkSpec = (crd: Crd, before: Crd | undefined): Cause[] => {
  const { spec } = crd
  const versions = spec.versions ?? []
  const storage = versions.filter((version) => version.storage).length
  return [
    ...checkGroup(spec.group),
    ...(['Cluster', 'Namespaced'].includes(spec.scope) ? [] : [notSupportedCause('spec.scope', spec.scope, ['Cluster', 'Namespaced'])]),
    ...versions.flatMap((version, index) => checkVersion(crd, before, version, index)),
    ...(new Set(versions.map((version) => version.name)).size === versions.length ? [] : [invalidCause('spec.versions', versions, 'must contain unique version names')]),
    ...(storage === 1 ? [] : [invalidCause('spec.versions', versions, 'must have exactly one version marked as storage version')]),
    ...checkNames(spec.names),
    ...checkConversion(spec.conversion),
    ...(spec.preserveUnknownFields === true ? [invalidCause('spec.preserveUnknownFields', true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead")] : []),
  ]
}

const checkGroup = (group: string): Cause[] => {
  if (!group) return [requiredCause('spec.group')]
  if (!isDns1123Subdomain(group)) return [invalidCause('spec.group', group, subdomainRule)]
  return group.includes('.') ? [] : [invalidCause('spec.group', group, 'should be a domain with at least one dot')]
}

const checkVersion = (crd: Crd, before: Crd | undefined, version: CrdVersion, index: number): Cause[] => {
  const path = `spec.versions[${index}]`
  // What the only version says, the definition says, and is named so.
  const single = crd.spec.versions.length === 1
  const owner = single ? 'spec' : path
  const schemaPath = single ? 'spec.validation.openAPIV3Schema' : `${path}.schema.openAPIV3Schema`
  const schema = version.schema?.openAPIV3Schema
  const nameCauses = isDns1035Label(version.name) ? [] : [invalidCause(`${path}.name`, version.name, labelRule)]
  if (schema === undefined) {
    return [...nameCauses, requiredCause(`${path}.schema.openAPIV3Schema`)]
  }
  const oldSchema = before?.spec.versions.find(({ name }) => name === version.name)?.schema?.openAPIV3Schema
  const structure = checkStructure(schema, schemaPath)
  return [
    ...nameCauses,
    ...structure,
    // What was taken once stays: a newer server may be stricter than the one that took it.
    ...(structure.length > 0 || isDeepStrictEqual(schema, oldSchema) ? [] : checkDefaults(schema, schemaPath)),
    ...(structure.length > 0 || isDeepStrictEqual(schema, oldSchema) ? [] : checkRules(schema, schemaPath)),
    ...checkScalePaths(version, owner),
    ...(version.additionalPrinterColumns ?? []).flatMap((column, i) => checkColumn(column, `${owner}.additionalPrinterColumns[${i}]`)),
    ...checkSelectableFields(version.selectableFields ?? [], schema, `${owner}.selectableFields`),
  ]
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['', 'binary', 'byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

const checkColumn = (column: PrinterColumn, path: string): Cause[] => [
  ...(column.name ? [] : [requiredCause(`${path}.name`)]),
  ...(columnTypes.includes(column.type) ? [] : [invalidCause(`${path}.type`, column.type, `must be one of ${columnTypes.join(',')}`)]),
  ...(columnFormats.includes(column.format ?? '') ? [] : [invalidCause(`${path}.format`, column.format, `must be one of ${columnFormats.slice(1).join(',')}`)]),
  ...(column.jsonPath ? [] : [requiredCause(`${path}.JSONPath`)]),
]

const checkScalePaths = (version: CrdVersion, path: string): Cause[] => {
  const scale = version.subresources?.scale
  if (scale === undefined) return []
  const check = (field: 'specReplicasPath' | 'statusReplicasPath', under: string): Cause[] => {
    const value = scale[field]
    const at = `${path}.subresources.scale.${field}`
    if (!value) return [requiredCause(at)]
    if (!/^(\.[A-Za-z0-9_]+)+$/.test(value)) return [invalidCause(at, value, 'must be a simple json path starting with .')]
    return value.startsWith(`${under}.`) ? [] : [invalidCause(at, value, `should be a json path under ${under}`)]
  }
  return [...check('specReplicasPath', '.spec'), ...check('statusReplicasPath', '.status'), ...checkSelectorPath(scale.labelSelectorPath, path)]
}

const checkSelectorPath = (value: string | undefined, path: string): Cause[] => {
  const at = `${path}.subresources.scale.labelSelectorPath`
  if (!value || /^\.(spec|status)\./.test(value)) return []
  return [invalidCause(at, value, 'should be a json path under either .spec or .status')]
}

const checkNames = ({ plural, singular, kind, listKind, shortNames, categories }: Crd['spec']['names']): Cause[] => {
  const label = (field: string, value: string | undefined, text = value ?? '', words = labelRule): Cause[] => {
    if (!value) return [requiredCause(`spec.names.${field}`)]
    return isDns1035Label(text) ? [] : [invalidCause(`spec.names.${field}`, value, words)]
  }
  const mixed = `may have mixed case, but should otherwise match: ${labelRule}`
  return [
    ...label('plural', plural),
    ...label('singular', singular),
    ...label('kind', kind, kind?.toLowerCase(), mixed),
    ...label('listKind', listKind, listKind?.toLowerCase(), mixed),
    ...(shortNames ?? []).flatMap((name, index) => label(`shortNames[${index}]`, name)),
    ...(kind !== undefined && kind === listKind ? [invalidCause('spec.names.listKind', listKind, 'kind and listKind may not be the same')] : []),
    ...(categories ?? []).flatMap((name, index) => label(`categories[${index}]`, name)),
  ]
}

const checkConversion = (conversion: Crd['spec']['conversion']): Cause[] => {
  if (conversion === undefined) return []
  const known = ['None', 'Webhook']
  if (!known.includes(conversion.strategy)) return [notSupportedCause('spec.conversion.strategy', conversion.strategy, known)]
  return []
}

const checkStoredVersions = (crd: Crd): Cause[] => {
  const stored = crd.status?.storedVersions
  if (stored === undefined) return []
  const names = new Set(crd.spec.versions.map(({ name }) => name))
  return stored.flatMap((version, index) =>
    names.has(version)
      ? []
      : [invalidCause(`status.storedVersions[${index}]`, version, `missing from spec.versions; ${version} was previously a storage version, and must remain in ` +
          `spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`)],
  )
}

const checkImmutable = (crd: Crd, before: Crd): Cause[] => {
  const fixed = (path: string, value: unknown, old: unknown): Cause[] => (value === old ? [] : [invalidCause(path, value, 'field is immutable')])
  const established = before.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
  return [
    ...(established ? fixed('spec.scope', crd.spec.scope, before.spec.scope) : []),
    ...(established ? fixed('spec.names.kind', crd.spec.names.kind, before.spec.names.kind) : []),
    ...fixed('spec.group', crd.spec.group, before.spec.group),
    ...fixed('spec.names.plural', crd.spec.names.plural, before.spec.names.plural),
  ]
}
