import type { Json } from '../../sandbox/apiserver/resource.ts'

/** Makes a copy of an object with other texts in place of the tokens, in the tokens' order. What holds no token is shared by all copies. */
export type Template = (texts: readonly string[]) => Json

/**
 * Compiles a value with tokens in its texts and member names, so that a copy costs what differs in it: a hundred thousand objects of one
 * pattern then share their schema-given fields and most of their managed fields.
 */
export const templateOf = (value: Json, tokens: readonly string[]): Template => partOf(value, finderOf(tokens)) ?? (() => value)

type Finder = { pattern: RegExp; indexOf: ReadonlyMap<string, number> }
type Part<T> = (texts: readonly string[]) => T

/** The longest token first: one may begin another. A token that is part of a longer number is another number. */
const finderOf = (tokens: readonly string[]): Finder => {
  const alternatives = tokens.toSorted((a, b) => b.length - a.length).map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`(${alternatives.map((each) => `${/^\d/.test(each) ? '(?<!\\d)' : ''}${each}${/\d$/.test(each) ? '(?!\\d)' : ''}`).join('|')})`)
  return { pattern, indexOf: new Map(tokens.map((token, index) => [token, index])) }
}

const partOf = (value: Json, finder: Finder): Part<Json> | undefined => {
  if (typeof value === 'string') return textOf(value, finder)
  if (Array.isArray(value)) return listOf(value, finder)
  return typeof value === 'object' && value !== null ? objectOf(value, finder) : undefined
}

const textOf = (text: string, { pattern, indexOf }: Finder): Part<string> | undefined => {
  if (indexOf.size === 0) return undefined
  // Every other piece of a split by a group is what the group has matched.
  const pieces = text.split(pattern).map((piece, at) => (at % 2 === 0 ? piece : (indexOf.get(piece) as number)))
  if (pieces.length === 1) return undefined
  if (pieces.length === 3 && pieces[0] === '' && pieces[2] === '') return (texts) => texts[pieces[1] as number] as string
  return (texts) => pieces.map((piece) => (typeof piece === 'string' ? piece : texts[piece])).join('')
}

const listOf = (list: readonly Json[], finder: Finder): Part<Json> | undefined => {
  const parts = list.map((each) => partOf(each, finder))
  if (parts.every((part) => part === undefined)) return undefined
  return (texts) => list.map((each, at) => parts[at]?.(texts) ?? each)
}

const objectOf = (object: { [key: string]: Json }, finder: Finder): Part<Json> | undefined => {
  const members = Object.entries(object).map(([name, value]) => ({ name, value, nameOf: textOf(name, finder), part: partOf(value, finder) }))
  if (members.every(({ nameOf, part }) => nameOf === undefined && part === undefined)) return undefined
  // Defined, not assigned: a member may be named __proto__.
  return (texts) => Object.fromEntries(members.map(({ name, value, nameOf, part }) =>
    [nameOf === undefined ? name : nameOf(texts), part === undefined ? value : part(texts)]))
}
