import type { Cause } from '../resource.ts'
import { invalidCause, requiredCause } from '../schema/causes.ts'
import type { Crd } from './types.ts'

const annotation = 'api-approved.kubernetes.io'
const field = `metadata.annotations[${annotation}]`
const rule = `protected groups must have approval annotation "${annotation}"`
const why = 'see https://github.com/kubernetes/enhancements/pull/1111'

/**
 * Groups of Kubernetes' own name who approved them. What was there without goes on without. Source: apiextensions validation, `validateAPIApproval`.
 */
export const checkApproval = (crd: Crd, before: Crd | undefined): Cause[] => {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(crd.spec.group ?? '')) return []
  const state = stateOf(crd)
  if (state === 'good' || (before !== undefined && stateOf(before) === state)) return []
  if (state === 'missing') return [requiredCause(field, `${rule}, ${why}`)]
  return [invalidCause(field, approvalOf(crd), `${rule} with either a URL or a reason starting with "unapproved", ${why}`)]
}

const approvalOf = ({ metadata }: Crd): string => (metadata.annotations as Record<string, string> | undefined)?.[annotation] ?? ''

const stateOf = (crd: Crd): 'good' | 'bad' | 'missing' => {
  const approval = approvalOf(crd)
  if (approval === '') return 'missing'
  return approval.startsWith('unapproved') || (URL.canParse(approval) && new URL(approval).host !== '') ? 'good' : 'bad'
}
