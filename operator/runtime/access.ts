import type { ResourceType } from '../../crds/kubernetes.ts'
import { ApiError } from './api-error.ts'
import type { Client } from './client.ts'

/** What somebody would do, as RBAC speaks of it. Without `name` it is any object of the resource. */
export type AccessAttributes = { namespace: string; verb: string; group: string; resource: string; subresource?: string; name?: string }

/** Who would do it, as the API server knows them: `extra` is what their authenticator told beside, by which an authorizer may go. */
export type AccessSubject = { user: string; groups: readonly string[]; uid?: string; extra?: Readonly<Record<string, readonly string[]>> }

/** Whether somebody may do all of these. `about`: what the answer holds for, and nothing else. */
export type AccessQuestion = AccessSubject & { about: string; attributes: readonly AccessAttributes[] }

/** The answer to the question about `about`; `failure` in words where it couldn't be asked. */
export type Access = { about: string } & ({ allowed: boolean } | { failure: string })

/**
 * Asks the API server's authorizers, by SubjectAccessReviews one after another until the first refusal. The answer is of this moment: nothing tells
 * when roles change, so ask again wherever something depends on it. Never throws: whoever asks has to do without an answer.
 */
export const askAccess = async (client: Pick<Client, 'create'>, { about, attributes, ...subject }: AccessQuestion): Promise<Access> => {
  try {
    for (const resourceAttributes of attributes) {
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: subjectAccessReviewResource.kind, metadata: {}, spec: { ...subject, resourceAttributes } }
      const { status } = await client.create<{ status?: { allowed?: boolean } }>(subjectAccessReviewResource, body)
      if (status?.allowed !== true) return { about, allowed: false }
    }
    return { about, allowed: attributes.length > 0 }
  } catch (error) {
    return { about, failure: error instanceof ApiError && error.status < 500 ? `the API server refused to say: ${error.message}` : 'the API server did not answer' }
  }
}

export const subjectAccessReviewResource: ResourceType =
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', namespaced: false }
