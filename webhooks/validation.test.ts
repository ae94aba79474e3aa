import test from 'ava'
import { imageSpec } from '../crds/v1alpha1/image.ts'
import { imageInformer } from '../operator/resources/image/store.ts'
import { cacheOf, holding } from '../operator/resources/recording-context.ts'
import { ApiError } from '../operator/runtime/api-error.ts'
import type { Client } from '../operator/runtime/client.ts'
import type { AdmissionRequest } from './review.ts'
import { createValidation } from './validation.ts'

const image = (launchPermissions: object, name = 'golden') => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Image', metadata: { name, namespace: 'images', uid: `uid-${name}`, resourceVersion: '1' },
  spec: imageSpec.parse({ source: { http: { url: 'https://images.example.com/disk' } }, launchPermissions }), status: { observedGeneration: 1, state: 'available' },
})
const volume = (imageRef: object, more: object = {}) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Volume', metadata: { name: 'v', namespace: 'team-a', uid: 'u', resourceVersion: '1' },
  spec: { availabilityZone: 'zone-a', volumeType: 'gp3', encrypted: false, multiAttach: false, imageRef, ...more },
})

type Review = { spec: { user: string; resourceAttributes: { resource: string } } }

/** Who may read all images, whatever is shared with them. */
const platform = { username: 'argocd', groups: ['system:authenticated'], uid: 'u-1', extra: { 'example.com/cluster': ['one'] } }

/** What is said of a volume, how often roles were asked, and how long it took. */
const judge = async (images: object[], answer: boolean | Error, request: Partial<AdmissionRequest> = {}, later: object[] = images) => {
  const seen = { asked: 0, slept: 0 }
  const create = (_resource: unknown, { spec: { user, resourceAttributes } }: Review) => {
    seen.asked++
    if (resourceAttributes.resource === 'images') return Promise.resolve({ status: { allowed: user === platform.username } })
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ status: { allowed: answer } })
  }
  const [before, after] = [images, later].map(each => cacheOf(holding(imageInformer, ...each)))
  const sleep = (ms: number) => {
    seen.slept += ms
    return Promise.resolve()
  }
  const cache = { of: (spec: never) => (seen.slept === 0 ? before : after)?.of(spec) } as never
  const validate = createValidation({ cache, client: { create: create as unknown as Client['create'] }, clock: { sleep }, settings: {} as never })
  const whole: AdmissionRequest = { uid: 'r', operation: 'CREATE', object: volume({ name: 'golden', namespace: 'images' }), ...request }
  const { allowed, warnings, status } = await validate(whole)
  return { allowed, warnings, message: status?.message, ...seen }
}

test('an image that a role shares is admitted like one that its permissions share, of which nothing is asked', async t => {
  t.like(await judge([image({})], true), { allowed: true, warnings: undefined, asked: 1, slept: 0 })
  t.like(await judge([image({ namespaces: ['team-a'] })], false), { allowed: true, warnings: undefined, asked: 0 })
  t.like(await judge([], false, { object: volume({ name: 'own' }) }), { allowed: true, asked: 0 })
})

test('who is refused can\'t tell, by words or by time, whether there is such an image', async t => {
  const absent = await judge([], false)
  t.false(absent.allowed)
  t.deepEqual(absent, await judge([image({})], false))
})

test('an image that is still to come is waited for where its absence is no news to who writes; one that is there and not shared is refused', async t => {
  const early = await judge([], false, { userInfo: platform })
  t.like(early, { allowed: true, slept: 0 })
  t.regex(early.warnings?.[0] ?? '', /not known yet: nothing is made of it before it is/)
  t.like(await judge([image({})], false, { userInfo: platform }), { allowed: false, warnings: undefined })
  t.like(await judge([], false, { userInfo: { username: 'mallory' } }), { allowed: false })
})

test('what was applied a moment before counts: an image or its share that the admission server has not heard of yet', async t => {
  t.like(await judge([], false, {}, [image({ public: true })]), { allowed: true, slept: 500 })
})

test('what is only tried is let through with a warning: tools try an image and what is launched from it together', async t => {
  const tried = await judge([], false, { dryRun: true })
  t.like(tried, { allowed: true, slept: 0 })
  t.regex(tried.warnings?.[0] ?? '', /^spec\.imageRef: whether an image golden of the namespace images is shared with the namespace team-a is not known yet/)
})

test('where roles can\'t be asked the door warns, and leaves it to the controllers', async t => {
  const unasked = await judge([image({})], new ApiError(403, 'Forbidden', 'no'))
  t.true(unasked.allowed)
  t.regex(unasked.warnings?.[0] ?? '', /not known yet: nothing is made of it before it is/)
})

test('a change that leaves the spec alone, a deletion and what is going ask nothing', async t => {
  const object = volume({ name: 'golden', namespace: 'images' })
  const going = { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  for (const request of [{ operation: 'UPDATE', object, oldObject: object }, { operation: 'DELETE', oldObject: object, object: null }, { operation: 'UPDATE', object: going, oldObject: volume({ name: 'x' }) }] as const) {
    t.like(await judge([image({})], false, request), { allowed: true, asked: 0, warnings: undefined })
  }
})

test('what has been made is changed without a wait and without a warning, whatever has become of its image', async t => {
  const made = (size: string) => ({ ...volume({ name: 'golden', namespace: 'images' }, { size }), status: { observedGeneration: 1, size: '1Gi' } })
  t.deepEqual(await judge([image({})], false, { operation: 'UPDATE', object: made('2Gi'), oldObject: made('1Gi') }),
    { allowed: true, warnings: undefined, message: undefined, asked: 1, slept: 0 })
})
