import type { z } from 'zod'
import type { KubeObject, ResourceType } from './kubernetes.ts'
import type { ValidationRule } from './structural-schema.ts'

/** A column of `kubectl get`. `priority` 1 shows with `-o wide` only. */
export type Column = {
  name: string
  type: 'string' | 'integer' | 'boolean' | 'date'
  description: string
  jsonPath: string
  priority?: number
}

/** One kind of ours: all that its CustomResourceDefinition is generated from. Can be given wherever a ResourceType is wanted. */
export type Definition = ResourceType & {
  singular: string
  shortNames: readonly string[]
  categories: readonly string[]
  /** One or two sentences for `kubectl explain`. */
  description: string
  columns: readonly Column[]
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  spec: z.ZodObject
  status: z.ZodObject
  /** Rules on the whole object; they see `self.metadata.name` beside spec and status. */
  rules: readonly ValidationRule[]
  /** Reasons of the Ready, Reconciling and Stalled conditions: reason → when it is used and what to do. */
  reasons: Readonly<Record<string, string>>
}

/** An object of ours as the API server stores it, defaults filled in. */
export type Resource<Spec, Status> = KubeObject & { spec: Spec; status?: Status }

const group = 'kumulus.dev'
const version = 'v1alpha1'

type Particulars = Pick<Definition, 'kind' | 'plural' | 'shortNames' | 'description' | 'columns' | 'spec' | 'status'> &
  Partial<Pick<Definition, 'namespaced' | 'rules' | 'reasons' | 'scale'>>

/** Fills in what all our kinds have in common. The age column comes after those that always show; with `-o wide` each says why it is as it is. */
export const define = ({ columns, ...particulars }: Particulars): Definition => ({
  group,
  version,
  singular: particulars.kind.toLowerCase(),
  categories: ['kumulus'],
  namespaced: true,
  rules: [],
  ...particulars,
  reasons: { ...commonReasons, ...particulars.reasons },
  columns: [
    ...columns.filter(column => column.priority === undefined), age,
    reason, ...columns.filter(column => column.priority !== undefined), ...columns.some(({ name }) => name === message.name) ? [] : [message],
  ],
})

const age: Column = { name: 'Age', type: 'date', description: 'Time since the object was created.', jsonPath: '.metadata.creationTimestamp' }

const reason: Column = { name: 'Reason', type: 'string', description: 'Why it is ready or not.', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 }

/** The last, for it is long. */
const message: Column = {
  name: 'Message', type: 'string', description: 'What it waits for, and the way out.', jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1,
}

const commonReasons = {
  Available: 'Ready: it is as the spec says.',
  Progressing: 'Reconciling: work goes on; the message says what is waited for.',
  DependencyNotFound: 'Waiting: an object that the spec refers to does not exist yet; the message names it. Create it, in any order.',
  DependencyNotReady: 'Waiting: an object that the spec refers to is not ready yet; the message names it.',
  DependencyViolation: 'Waiting to be deleted: others still use it; the message names them. Delete those first.',
  NameConflict: 'Stalled: an object of the name that we would create exists and was not made for it. The message says which, and whether another name or another ID would help; else delete it.',
  InvalidSpec: 'Stalled: the spec breaks a rule that admission did not see; the message names the field and the way out.',
  NotSupportedYet: 'Stalled, or an aspect that does not hold: the spec asks for what the API has and no release serves yet; the message names the field. Leave it out.',
  NotInstalled: 'Waiting: what this is made of is not installed in the cluster; the message names it. The platform team sees what is missing in kumulus/cluster.',
  WaitingForDeletion: 'Waiting: an object of the name that we would create is still being deleted; it is tried again.',
  Forbidden: 'Waiting: the operator has no right to do this here, so the namespace may be no account yet. Have the platform team open it: docs/operations.md.',
  Retrying: 'Reconciling: the API server or something behind it fails; it is tried again with growing pauses, and the message says what is known.',
}
