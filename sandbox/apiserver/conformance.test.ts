import { readFileSync } from 'node:fs'
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createApiServer, type ApiServer } from './server.ts'
import type { AnyObject } from './resource.ts'
import { wireBody } from './request.ts'

type Expected = {
  code: number
  message?: string
  reason?: string
  causes?: unknown[]
  object?: AnyObject
  /** Whether the resourceVersion moved. */
  changed?: boolean
  warnings?: string[]
}
type Step = { verb: string; sub?: string; manager?: string; query?: string; ct?: string; raw?: string; body?: unknown; expect: Expected }
type Case = { title: string; collection: string; name: string; steps: Step[] }

/** What a real API server (1.36) was asked, and what it answered. */
const observed = JSON.parse(readFileSync(new URL('conformance/observed.json', import.meta.url), 'utf8')) as { definition: AnyObject; cases: Case[] }

const contentTypes: Record<string, string> = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

const user = { username: 'admin', groups: ['system:masters'] }

const send = async (server: ApiServer, method: string, path: string, body: string, contentType = 'application/json', query = '') => {
  const headers = { 'content-type': contentType, accept: 'application/json' }
  const response = await server.handle({ method, path, query: new URLSearchParams(query), headers, body, user })
  const warnings = [response.headers['warning'] ?? []].flat().flatMap((text) => [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? ''))
  const text = wireBody(response.body) as string
  const json = (text === '' ? {} : JSON.parse(text)) as AnyObject & { message?: string; reason?: string; details?: { causes?: unknown[] } }
  return { code: response.status, json, warnings: warnings.map((text) => text.replaceAll('\\"', '"').replaceAll('\\\\', '\\')) }
}

/** An answer in the form of the recording: without what differs from run to run. */
const recorded = async (server: ApiServer, { collection, name }: Case, step: Step) => {
  const fill = (text: string) => text.replaceAll('NAME', name)
  const body = step.raw === undefined ? JSON.parse(fill(JSON.stringify(step.body))) as AnyObject : undefined
  const path = step.verb === 'create' ? collection : `${collection}/${name}${step.sub === undefined ? '' : `/${step.sub}`}`
  if (step.verb === 'update' && body !== undefined) {
    const live = await send(server, 'GET', `${collection}/${name}`, '')
    body.metadata['resourceVersion'] = live.json.metadata['resourceVersion']
  }
  const method = step.verb === 'create' ? 'POST' : step.verb === 'update' ? 'PUT' : 'PATCH'
  const query = `fieldManager=${step.manager ?? 'm'}${step.query === undefined ? '' : `&${step.query}`}`
  const text = body === undefined ? fill(step.raw ?? '') : JSON.stringify(body)
  return send(server, method, path, text, contentTypes[step.verb] ?? step.ct ?? 'application/json', query)
}

const withoutTimes = (text: string) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')

const stable = (object: AnyObject): AnyObject => {
  const { uid: _u, resourceVersion: _r, creationTimestamp: _c, ...metadata } = object.metadata
  const result = JSON.parse(withoutTimes(JSON.stringify({ ...object, metadata }))) as AnyObject
  // Entries are ordered by their times, and two may fall into one second or into two.
  result.metadata['managedFields'] = sorted(result.metadata['managedFields'] as unknown[] | undefined)
  return result
}

/** A real server goes through maps in any order, so the order of complaints means nothing. */
const sorted = (list: unknown[] | undefined): unknown[] =>
  [...new Set((list ?? []).map((each) => withoutTimes(JSON.stringify(each))))].sort().map((text) => JSON.parse(text) as unknown)

const sentences = (message: string): string[] =>
  withoutTimes(message).replace(/, got .*/, '').replace('strict decoding error: ', '\n').split(/[\n[\],]+\s*/).filter((part) => part !== '').sort()

/** Where our words are better than the real server's, which hides the reason. */
const vague = 'the server rejected our request due to an error in our request'

const start = async () => {
  const server = createApiServer({ clock: systemClock, tokens: new Map() })
  await send(server, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', JSON.stringify(observed.definition))
  await server.settled()
  return server
}

for (const [number, recording] of observed.cases.entries()) {
  const each = { ...recording, name: `z${number}` }
  test(`as a real API server: ${each.title}`, async (t) => {
    const server = await start()
    let last: unknown
    for (const [index, step] of each.steps.entries()) {
      const say = `step ${index + 1}: ${step.verb}`
      const expected = JSON.parse(JSON.stringify(step.expect).replaceAll('NAME', each.name)) as Expected
      const answer = await recorded(server, each, step)
      t.is(answer.code, expected.code, `${say}: ${answer.json.message}`)
      if (expected.object === undefined) {
        const message = answer.json.message ?? ''
        t.deepEqual(sentences(expected.message === vague ? message.slice(0, vague.length) : message), sentences(expected.message ?? ''), say)
        t.is(answer.json.reason, expected.reason, say)
        t.deepEqual(sorted(answer.json.details?.causes), sorted(expected.causes), say)
      } else {
        t.deepEqual(stable(answer.json), stable(expected.object), say)
        t.is(answer.json.metadata['resourceVersion'] !== last, expected.changed ?? false, `${say} changed`)
        last = answer.json.metadata['resourceVersion']
      }
      if (expected.object !== undefined) t.deepEqual(answer.warnings, expected.warnings ?? [], say)
    }
    await server.close()
  })
}
