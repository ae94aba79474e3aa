import type { Core, ResourceRequest } from '../core.ts'
import { typeSchema } from '../builtin/index.ts'
import { readDocument } from '../body.ts'
import type { UserInfo } from '../request.ts'
import type { ServedResource } from '../resource.ts'
import { decode } from '../schema/decode.ts'
import type { Attributes, Authorizer, Rule } from './rbac.ts'
import type { TokenSigner } from './service-account-tokens.ts'

type ReviewContext = { core: Core; authorizer: Authorizer; signer: TokenSigner; tokens: ReadonlyMap<string, UserInfo> }

type Review = { apiVersion: string; kind: string; metadata: Record<string, unknown>; spec?: Record<string, unknown>; status?: unknown }

type ResourceAttributes = { namespace?: string; verb?: string; group?: string; resource?: string; subresource?: string; name?: string }
type AccessSpec = {
  resourceAttributes?: ResourceAttributes
  nonResourceAttributes?: { path?: string; verb?: string }
  user?: string
  groups?: string[]
  uid?: string
}

/** Resources that are asked rather than stored: POST is all they take, and the answer is in their status. */
export const reviewResources = (): ServedResource[] => [
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
  { ...review('authorization.k8s.io', 'LocalSubjectAccessReview'), namespaced: true },
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authentication.k8s.io', 'TokenReview'),
  review('authentication.k8s.io', 'SelfSubjectReview'),
]

const review = (group: string, kind: string): ServedResource => ({
  group,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: false,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  listKind: `${kind}List`,
  verbs: ['create'],
  schema: typeSchema(kind),
  hasStatus: false,
  columns: [],
  custom: false,
  generationFields: [],
})

/** Answers a review. */
export const answerReview = (context: ReviewContext, request: ResourceRequest): Review => {
  const { value, duplicates } = readDocument(request.body, request.headers['content-type'])
  const { object } = decode(request.resource, value, { fieldValidation: 'Ignore', duplicates })
  const asked = object as unknown as Review
  const metadata = { ...asked.metadata, creationTimestamp: context.core.timestamp() }
  return { ...asked, metadata, status: statusOf(context, request, asked.spec ?? {}) }
}

const statusOf = (context: ReviewContext, { resource, user, namespace }: ResourceRequest, spec: Record<string, unknown>): unknown => {
  const { authorizer, signer, tokens } = context
  if (resource.kind === 'SelfSubjectReview') return { userInfo: user }
  if (resource.kind === 'TokenReview') return reviewToken(tokens, signer, spec)
  if (resource.kind === 'SelfSubjectRulesReview') return rulesStatus(authorizer.rulesFor(user, String(spec['namespace'] ?? '')), user)
  const { user: username, groups, uid } = spec as AccessSpec
  const subject: UserInfo =
    resource.kind === 'SelfSubjectAccessReview' ? user : { username: username ?? '', groups: groups ?? [], ...(uid === undefined ? {} : { uid }) }
  const allowed = authorizer.allows(subject, attributesOf(spec, resource.namespaced ? namespace : undefined))
  return { allowed, ...(allowed ? { reason: 'allowed by RBAC' } : {}) }
}

const attributesOf = ({ resourceAttributes, nonResourceAttributes }: AccessSpec, namespace: string | undefined): Attributes => {
  const { verb, group, resource, subresource, name, namespace: asked } = resourceAttributes ?? {}
  return {
    verb: verb ?? nonResourceAttributes?.verb ?? '',
    group: group ?? '',
    resource: resource ?? '',
    subresource: subresource ?? '',
    name: name ?? '',
    namespace: namespace ?? asked ?? '',
    ...(nonResourceAttributes === undefined ? {} : { path: nonResourceAttributes.path ?? '' }),
  }
}

const reviewToken = (tokens: ReadonlyMap<string, UserInfo>, signer: TokenSigner, { token, audiences }: { token?: string; audiences?: string[] }) => {
  const verified = signer.verify(token ?? '')
  const user = tokens.get(token ?? '') ?? verified?.user
  const fits = audiences === undefined || verified === undefined || audiences.some((audience) => verified.audiences.includes(audience))
  if (user === undefined || !fits) return { user: {}, error: 'invalid bearer token' }
  return { authenticated: true, user: { ...user, groups: [...user.groups, 'system:authenticated'] }, ...(audiences === undefined ? {} : { audiences }) }
}

const rulesStatus = (rules: Rule[], user: UserInfo) => {
  const all = user.groups.includes('system:masters')
    ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }, ...rules]
    : rules
  return {
    resourceRules: all.filter(({ nonResourceURLs }) => nonResourceURLs === undefined),
    nonResourceRules: all.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined),
    incomplete: false,
  }
}
