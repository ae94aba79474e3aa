import { parseDocument as parseYaml, type Tags } from 'yaml'

/** What a request body says: the value, and the paths of fields that are said twice (the last one counts). */
export type ParsedDocument = { value: unknown; duplicates: string[] }

/**
 * Reads a request body.
 *
 * @param text - the body.
 * @param format - `json`, or `yaml` for bodies of type `application/yaml` and `application/apply-patch+yaml`. JSON is YAML too and is tried first.
 * @throws SyntaxError where the text is neither.
 */
export const parseDocument = (text: string, format: 'json' | 'yaml'): ParsedDocument => {
  if (format === 'json') return fromJson(text)
  if (/^\s*[[{]/.test(text)) {
    try {
      return fromJson(text)
    } catch {
      return fromYaml(text)
    }
  }
  return fromYaml(text)
}

/** A text that is what its value would be written as says nothing twice. To write it is several times as fast as to look through the text. */
const fromJson = (text: string): ParsedDocument => {
  const value = JSON.parse(text) as unknown
  return { value, duplicates: JSON.stringify(value) === text ? [] : duplicateFields(text) }
}

/** YAML 1.1 as Kubernetes reads it: `y` and `yes` are true, but dates and times of day are text. */
const yaml11 = {
  version: '1.1',
  merge: true,
  customTags: (tags: Tags) =>
    tags.filter((tag) => typeof tag === 'string' || (tag.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in tag && tag.format === 'TIME'))),
} as const

const fromYaml = (text: string): ParsedDocument => {
  const document = parseYaml(text, { ...yaml11, uniqueKeys: false })
  const [error] = document.errors
  if (error !== undefined) throw new SyntaxError(`yaml: ${error.message.split('\n')[0]}`)
  const strict = parseYaml(text, yaml11)
  const duplicates = strict.errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos, linePos }) => `line ${linePos?.[0].line ?? 0}: key "${keyAt(text, pos[0])}" already set in map`)
  return { value: document.toJS({ maxAliasCount: 100 }) as unknown, duplicates }
}

const keyAt = (text: string, start: number): string => /^["']?([^"':\n]*)/.exec(text.slice(start))?.[1]?.trim() ?? ''

type Frame = { path: string; names: Set<string> | undefined; index: number; key: string }

/** Paths of object members whose name came before in the same object, as `spec.list[0].name`. The text must be valid JSON. */
export const duplicateFields = (text: string): string[] => {
  const found: string[] = []
  const stack: Frame[] = []
  let expectKey = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === 0x22) {
      const end = endOfString(text, at)
      const frame = stack[stack.length - 1]
      if (expectKey && frame?.names !== undefined) {
        frame.key = keyOf(text.slice(at, end + 1))
        if (frame.names.has(frame.key)) found.push(join(frame.path, frame.key))
        else frame.names.add(frame.key)
        expectKey = false
      }
      at = end
    } else if (character === 0x7b || character === 0x5b) {
      const isObject = character === 0x7b
      stack.push({ path: pathOf(stack[stack.length - 1]), names: isObject ? new Set() : undefined, index: 0, key: '' })
      expectKey = isObject
    } else if (character === 0x7d || character === 0x5d) {
      stack.pop()
      expectKey = false
    } else if (character === 0x2c) {
      const frame = stack[stack.length - 1]
      if (frame !== undefined) frame.index += 1
      expectKey = frame?.names !== undefined
    }
  }
  return found
}

const endOfString = (text: string, start: number): number => {
  let end = start + 1
  while (text.charCodeAt(end) !== 0x22) end += text.charCodeAt(end) === 0x5c ? 2 : 1
  return end
}

const keyOf = (literal: string): string => (literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1))
const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
const pathOf = (parent: Frame | undefined): string => {
  if (parent === undefined) return ''
  return parent.names === undefined ? `${parent.path}[${parent.index}]` : join(parent.path, parent.key)
}
