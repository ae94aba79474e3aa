import test, { type ExecutionContext } from 'ava'
import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { ApiError } from '../../../operator/runtime/client.ts'
import { type Account, type AttackCloud, type AttackOptions, isReady, messageOf, startAttackCloud } from './attack-cloud.ts'
import { differences } from './untouched.ts'

/** What is tried. `act` does it and asserts that it is blocked; that nobody else is touched is asserted of every attack afterwards. */
export type Attack = {
  /** Number in the table of threats. */
  threat: number
  /** What it is tried with. */
  kind: string
  /** A sentence that says what an account may rely on. */
  title: string
  act: (scene: Scene) => Promise<void>
}

export type Scene = {
  t: ExecutionContext
  cloud: AttackCloud
  mallory: Account
  webhook: 'up' | 'down'
  /** A request is refused by roles: 403, whoever is down. */
  forbidden: (request: Promise<unknown>, about?: RegExp) => Promise<void>
  /** A request is refused by the schema or its rules: whoever is down. */
  invalid: (request: Promise<unknown>, about: RegExp) => Promise<void>
  /**
   * Admission refuses an object that the attacker applies, or, where it is down, the object is never realised; both say why. `never` is a foreign
   * object that must not come about.
   */
  refused: (kind: string, name: string, spec: object, why: RegExp, never?: ResourceType) => Promise<void>
  /** Takes one of the attacker's away again, with admission there to be asked. */
  tidy: (kind: string, name: string) => Promise<void>
  /** Where these texts are found beneath the attacker's own: in what was made of it. */
  traces: (...texts: string[]) => string[]
}

/** `a Volume`, `an Image`. */
export const aKind = (kind: string, article = 'a'): string => `${article}${/^[AEIOU]/.test(kind) ? 'n' : ''} ${kind}`

/** One test an attack with the webhook up and one with it down, in one cloud each for the whole table. */
export const attackTable = (attacks: readonly Attack[], options: Omit<AttackOptions, 'webhook'> = {}): void => {
  for (const webhook of ['up', 'down'] as const) {
    let started: Promise<AttackCloud> | undefined
    for (const { threat, kind, title, act } of attacks) {
      test.serial(`${title} (threat ${threat}, ${kind}, webhook ${webhook})`, async (t) => {
        const cloud = await (started ??= startAttackCloud({ webhook, ...options }))
        const before = cloud.untouched()
        await act(sceneOf(t, cloud, webhook))
        await cloud.settle()
        t.deepEqual(differences(before, cloud.untouched()), [], 'what is not the attacker\'s is as it was')
      })
    }
    test.after.always(async () => (await started)?.stop())
  }
}

const sceneOf = (t: ExecutionContext, cloud: AttackCloud, webhook: 'up' | 'down'): Scene => {
  const fails = async (request: Promise<unknown>, statuses: readonly number[], about: RegExp) => {
    const error = await t.throwsAsync(request, { instanceOf: ApiError })
    t.true(statuses.includes(error?.status ?? 0), `${error?.status}: ${error?.message}`)
    t.regex(error?.message ?? '', about)
  }
  const tidy = async (kind: string, name: string) => {
    cloud.admission.up = true
    await cloud.mallory.remove(kind, name)
    cloud.admission.up = webhook === 'up'
  }
  return {
    t, cloud, webhook, tidy,
    mallory: cloud.mallory,
    forbidden: (request, about = /forbidden/) => fails(request, [403], about),
    invalid: (request, about) => fails(request, [400, 409, 413, 422], about),
    refused: async (kind, name, spec, why, never) => {
      const applied = cloud.mallory.apply(kind, name, spec)
      if (webhook === 'up') return fails(applied, [403, 422], why)
      await applied
      await cloud.until(async () => why.test(messageOf(await cloud.see(kind, 'mallory', name)) ?? ''))
      await cloud.settle()
      const found = await cloud.see(kind, 'mallory', name)
      t.false(isReady(found))
      t.regex(messageOf(found) ?? '', why)
      if (never !== undefined) t.is(await cloud.see(never, 'mallory', name), undefined)
      await tidy(kind, name)
    },
    traces: (...texts) => tracesIn(cloud, texts),
  }
}

/** Objects of the attacker's that are none of our kinds, and cluster-scoped ones that were made for them, in which one of the texts is. */
const tracesIn = (cloud: AttackCloud, texts: readonly string[]): string[] => {
  const own = cloud.server.state().objects.filter(([bucket, key, object]) => !bucket.startsWith('kumulus.dev/') && bucket !== '/events'
    && (key.startsWith('mallory/') || (object.metadata as KubeObject['metadata']).labels?.['kumulus.dev/owner-namespace'] === 'mallory'))
  return own.flatMap(([bucket, key, object]) => texts.filter((text) => JSON.stringify(object).includes(text)).map((text) => `${bucket} ${key}: ${text}`))
}
