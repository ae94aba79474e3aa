import test from 'ava'
import { type AccessQuestion, askAccess } from './access.ts'
import { ApiError } from './api-error.ts'
import type { Client } from './client.ts'

const clone = { namespace: 'images', verb: 'create', group: 'cdi.kubevirt.io', resource: 'datavolumes', subresource: 'source' }
const question: AccessQuestion = {
  about: 'golden', user: 'system:serviceaccount:a:default', groups: ['system:authenticated'], attributes: [{ ...clone, name: 'root' }, { ...clone, name: 'data' }],
}

/** An API server that answers so, one review after another. */
const answering = (...answers: (object | Error)[]) => {
  const asked: { spec: object }[] = []
  const create = (_resource: unknown, body: unknown) => {
    const answer = answers[asked.length] ?? {}
    asked.push(body as { spec: object })
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ status: answer })
  }
  return { asked, client: { create: create as Client['create'] } }
}

test('all that is asked for must be allowed, each by a SubjectAccessReview of its own, and after the first refusal nothing is asked', async t => {
  const yes = answering({ allowed: true }, { allowed: true })
  t.deepEqual(await askAccess(yes.client, question), { about: 'golden', allowed: true })
  t.deepEqual(yes.asked.map(({ spec }) => spec), question.attributes.map(resourceAttributes =>
    ({ user: 'system:serviceaccount:a:default', groups: ['system:authenticated'], resourceAttributes })))
  const known = answering({ allowed: true }, { allowed: true })
  await askAccess(known.client, { ...question, uid: 'u-1', extra: { scopes: ['all'] } })
  t.like(known.asked[1]?.spec, { uid: 'u-1', extra: { scopes: ['all'] } }, 'all that an authorizer may go by')
  const second = answering({ allowed: true }, { allowed: false })
  t.deepEqual(await askAccess(second.client, question), { about: 'golden', allowed: false })
  const first = answering({ allowed: false })
  t.deepEqual(await askAccess(first.client, question), { about: 'golden', allowed: false })
  t.is(first.asked.length, 1)
})

test('silence is no permission: an answer that does not say, a question about nothing, an error', async t => {
  t.deepEqual(await askAccess(answering({}).client, question), { about: 'golden', allowed: false })
  t.deepEqual(await askAccess(answering({ allowed: true }).client, { ...question, attributes: [] }), { about: 'golden', allowed: false })
  const forbidden = await askAccess(answering(new ApiError(403, 'Forbidden', 'may not create subjectaccessreviews')).client, question)
  t.deepEqual(forbidden, { about: 'golden', failure: 'the API server refused to say: may not create subjectaccessreviews' })
  for (const error of [new ApiError(503, '', 'of the inside'), new Error('ECONNRESET 10.0.0.1')]) {
    t.deepEqual(await askAccess(answering(error).client, question), { about: 'golden', failure: 'the API server did not answer' })
  }
})
