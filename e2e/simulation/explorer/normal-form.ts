/**
 * What is stored, in words that two runs share: whatever comes of a UID, a version, a moment or a draw of the dice is called by what it belongs to.
 */
import { createHash } from 'node:crypto'
import { macOf } from '../../../crds/ids.ts'
import { firmwareUUID } from '../../../operator/providers/kubevirt/firmware.ts'
import { isTold, type Run } from './history.ts'
import { stableText } from './stable-text.ts'
import type { Stored } from './scenario.ts'

/** `bucket key` → the object. Its text is made when it is asked for: what two runs share from the beginning needs none. */
export type NormalForm = ReadonlyMap<string, { object: Stored; text: () => string }>

export const normalFormOf = (run: Pick<Run, 'final' | 'events'>): NormalForm => {
  const known = forms.get(run)
  if (known !== undefined) return known
  const form = madeOf(run)
  forms.set(run, form)
  return form
}

/** A reference is compared with a hundred runs. */
const forms = new WeakMap<Pick<Run, 'final' | 'events'>, NormalForm>()

const madeOf = (run: Pick<Run, 'final' | 'events'>): NormalForm => {
  const rename = renaming(run)
  const form = new Map<string, { object: Stored; text: () => string }>()
  for (const [bucket, objects] of run.final) {
    if (!isTold(bucket)) continue
    for (const [key, object] of objects) {
      let text: string | undefined
      form.set(rename(`${bucket} ${key}`), { object, text: () => text ??= rename(stableText(withOrderOfItsOwn(object, rename))) })
    }
  }
  return form
}

/** A router's policies and routes are ordered by what they match, where names stand that come of UIDs. */
const withOrderOfItsOwn = (object: Stored, rename: (text: string) => string): Stored => {
  if (object.kind !== 'Vpc') return object
  const spec = { ...object.spec }
  for (const list of ['policyRoutes', 'staticRoutes']) {
    const entries = spec[list]
    if (!Array.isArray(entries)) continue
    const named = entries.map((entry: unknown) => ({ entry, name: rename(JSON.stringify(entry)) }))
    spec[list] = named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ entry }) => entry)
  }
  return { ...object, spec }
}

/** What two forms differ in, a line each. */
export const differences = (expected: NormalForm, actual: NormalForm): string[] => [
  ...[...expected].flatMap(([name, { object, text }]) => {
    const other = actual.get(name)
    if (other === undefined) return [`${name} is missing`]
    if (other.object === object) return []
    const [before, after] = [text(), other.text()]
    return before === after ? [] : [`${name} differs: ${firstDifference(before, after)}`]
  }),
  ...[...actual.keys()].flatMap((name) => (expected.has(name) ? [] : [`${name} should not be there`])),
]

/** Calls UIDs, what is derived of them, addresses, moments and drawn names by what they stand for. */
export const renaming = (run: Pick<Run, 'final' | 'events'>): ((text: string) => string) => {
  const known = renamings.get(run) ?? renamingOf(run)
  renamings.set(run, known)
  return known
}

/** More than one oracle asks. */
const renamings = new WeakMap<Pick<Run, 'final' | 'events'>, (text: string) => string>()

const renamingOf = ({ final, events }: Pick<Run, 'final' | 'events'>): ((text: string) => string) => {
  const names = new Map<string, string>()
  for (const { bucket, key, object } of events) addTokens(names, object, `dead ${bucket} ${key}`)
  const addresses = new Map<string, string>()
  for (const [bucket, objects] of final) {
    for (const [key, object] of objects) {
      addTokens(names, object, `${bucket} ${key}`)
      const address = object.status?.['privateIPAddress']
      if (bucket === 'kumulus.dev/instances' && typeof address === 'string') addresses.set(address, key)
    }
  }
  const named = (token: string, depth: number): string | undefined => {
    const owner = names.get(token) ?? addresses.get(token.replaceAll('-', '.'))
    return owner === undefined ? undefined : `<${depth === 0 ? owner : owner.replace(tokens, (each) => drawn(each) ?? named(each, depth - 1) ?? each)}>`
  }
  return (text) => {
    const strangers = new Map<string, string>()
    return text.replace(tokens, (token) => drawn(token) ?? named(token, 3) ?? (isAddress.test(token) ? token : strange(strangers, token)))
  }
}

/** What stands for a moment, or for a name with a part that was drawn. */
const drawn = (token: string): string | undefined => {
  if (token.startsWith('virt-launcher-') || token.startsWith('hp-volume-')) return `${token.slice(0, -5)}*`
  return isTime.test(token) ? 'TIME' : undefined
}

/** A token of nobody's, told from others of the same text by its number. */
const strange = (strangers: Map<string, string>, token: string): string => {
  const known = strangers.get(token) ?? `?${strangers.size + 1}`
  strangers.set(token, known)
  return known
}

const isTime = /^\d{4}-\d\d-\d\dT|^\d{10,}$/
const isAddress = /^\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}$/

const tokens = new RegExp([
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/,
  /(?<![0-9a-f])[0-9a-f]{17}(?![0-9a-f])/,
  /[0-9a-f]{2}(?::[0-9a-f]{2}){5}/,
  /\d{4}-\d\d-\d\dT[\d:.]+Z|(?<=[Tt]ime":)\d{10,}/,
  /virt-launcher-[a-z0-9.-]*-[a-z0-9]{5}(?![a-z0-9])/,
  /hp-volume-[a-z0-9]{5}(?![a-z0-9])/,
  /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])/,
  /(?<=inline\/)[\w-]{22}/,
  /(?<=ip-)\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}/,
  // Keys that were drawn, as they are and in a Secret, and their fingerprints.
  /ssh-ed25519 [A-Za-z0-9+/=]+(?: [a-z0-9.-]+)?/,
  /(?<=")(?:c3NoLWVkMjU1MTkg|LS0tLS1CRUdJTiBPUEVOU1NI)[A-Za-z0-9+/=]+/,
  /(?<=fingerprint":")[A-Za-z0-9+/=]+/,
].map(({ source }) => source).join('|'), 'g')

const derived = new Map<string, readonly string[]>()

/** Everything that is made of a UID alone. */
const derivedOf = (uid: string): readonly string[] => {
  const known = derived.get(uid)
  if (known !== undefined) return known
  const made = [uid, createHash('sha256').update(uid).digest('hex').slice(0, 17), macOf(uid), firmwareUUID(uid)]
  if (derived.size > 100_000) derived.clear()
  derived.set(uid, made)
  return made
}

const addTokens = (names: Map<string, string>, object: Stored, owner: string): void => {
  // What the server keeps for itself has none.
  const uid = object.metadata.uid as string | undefined
  for (const token of uid === undefined ? [] : derivedOf(uid)) names.set(token, owner)
  if (object.kind === 'KeyPair') for (const token of keysOf(object)) names.set(token, `key of ${owner}`)
}

/** A public key as it is, and as a Secret holds it. */
const keysOf = ({ status }: Stored): string[] => {
  const key = status?.['publicKey']
  return typeof key === 'string' ? [key, Buffer.from(key).toString('base64')] : []
}

const firstDifference = (before: string, after: string): string => {
  let at = 0
  while (before[at] === after[at]) at++
  const from = Math.max(0, at - 60)
  return `…${before.slice(from, at + 80)}… became …${after.slice(from, at + 80)}…`
}
