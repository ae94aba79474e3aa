/**
 * As much of DNS' wire format (RFC 1035, RFC 6891) as a server needs that answers from arithmetic and hands everything else on as it came: the header
 * and the question of a query, and answers of one record. A query's question stands before everything that could be pointed at, so that no name
 * in it is compressed, and nothing here follows a pointer.
 */

export type Question = {
  /** In small letters, the top-level domain last. One character a byte; a label may hold any, a dot too. */
  labels: readonly string[]
  type: number
  class: number
  /** Offset behind the question. */
  end: number
}

export type Query = {
  bytes: Uint8Array
  question: Question
  recursionDesired: boolean
  /** Whether it has an OPT record, which is then answered with one. */
  isExtended: boolean
}

export const recordTypes = { a: 1, ptr: 12, soa: 6, opt: 41 } as const
export const rcodes = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4, refused: 5 } as const
export type ResponseCode = (typeof rcodes)[keyof typeof rcodes]

/** What came: a query, a message that gets no more than an error, or one that gets nothing, such as an answer, which would else go to and fro. */
export type Received = { kind: 'query'; query: Query } | { kind: 'faulty'; answer: Uint8Array } | { kind: 'ignored' }

export const HEADER = 12
/** Of a name, its length bytes and the last, empty label among it. */
const LONGEST_NAME = 255
const LONGEST_LABEL = 63
/** Seconds that an answer holds, and that there is none. As EC2's. */
const TTL = 60

export const readQuery = (bytes: Uint8Array): Received => {
  if (bytes.length < HEADER || (at(bytes, 2) & 0x80) !== 0) return { kind: 'ignored' }
  if ((at(bytes, 2) & 0x78) !== 0) return { kind: 'faulty', answer: bare(bytes, rcodes.notImplemented) }
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map(offset => number16(bytes, offset))
  const question = questions === 1 && answers === 0 && authorities === 0 ? readQuestion(bytes) : undefined
  if (question === undefined) return { kind: 'faulty', answer: bare(bytes, rcodes.formatError) }
  const { end } = question
  const isExtended = additional !== 0 && at(bytes, end) === 0 && number16(bytes, end + 1) === recordTypes.opt && bytes.length >= end + 11
  return { kind: 'query', query: { bytes, question, recursionDesired: (at(bytes, 2) & 1) === 1, isExtended } }
}

/** The question of a message; undefined where there is none that could be told. */
export const readQuestion = (bytes: Uint8Array): Question | undefined => {
  const labels: string[] = []
  let offset = HEADER
  for (;;) {
    const length = bytes[offset]
    if (length === undefined || length > LONGEST_LABEL) return undefined
    offset += 1
    if (length === 0) break
    if (offset + length > bytes.length) return undefined
    labels.push(String.fromCharCode(...bytes.subarray(offset, offset + length)).replace(/[A-Z]/g, letter => letter.toLowerCase()))
    offset += length
    if (offset - HEADER >= LONGEST_NAME) return undefined
  }
  const end = offset + 4
  return end > bytes.length ? undefined : { labels, type: number16(bytes, offset), class: number16(bytes, offset + 2), end }
}

/**
 * An answer: a record, or none and where to look, since no resolver remembers a no without it. `zone`: how many labels of the name are its zone's.
 */
export type Answer = { code: ResponseCode; zone: number; record?: { type: number; data: Uint8Array } }

export const buildAnswer = ({ bytes, question, isExtended }: Query, { code, zone, record }: Answer): Uint8Array => {
  const own = record === undefined ? authorityOf(question, zone) : resourceRecord(HEADER, record.type, record.data)
  const [answers, authorities] = record === undefined ? [0, 1] : [1, 0]
  // Authoritative, and recursion is to be had.
  const flags = [(at(bytes, 2) & 1) | 0x84, 0x80 | code]
  const counts = [1, answers, authorities, isExtended ? 1 : 0].flatMap(split16)
  const asked = bytes.subarray(HEADER, question.end)
  return Uint8Array.from([...bytes.subarray(0, 2), ...flags, ...counts, ...asked, ...own, ...isExtended ? optRecord : []])
}

/** An answer that is a code alone. */
export const buildRefusal = ({ bytes, question, isExtended }: Query, code: ResponseCode): Uint8Array => Uint8Array.from([
  ...bytes.subarray(0, 2), (at(bytes, 2) & 1) | 0x80, 0x80 | code, ...[1, 0, 0, isExtended ? 1 : 0].flatMap(split16),
  ...bytes.subarray(HEADER, question.end), ...isExtended ? optRecord : [],
])

/** A name as data of a record. */
export const nameData = (labels: readonly string[]): Uint8Array =>
  Uint8Array.from([...labels.flatMap(label => [label.length, ...[...label].map(character => character.charCodeAt(0))]), 0])

export const number16 = (bytes: Uint8Array, offset: number): number => at(bytes, offset) * 256 + at(bytes, offset + 1)

/** To a message of which no question could be read: its own number and the code. */
const bare = (bytes: Uint8Array, code: ResponseCode): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, 2), (at(bytes, 2) & 0x79) | 0x80, 0x80 | code, ...Array<number>(8).fill(0)])

/** The zone's SOA. Its name is in the question, as the last of its labels, and is pointed at; server and mailbox are called the same. */
const authorityOf = ({ labels }: Question, zone: number): number[] => {
  const before = labels.slice(0, labels.length - zone).reduce((length, label) => length + label.length + 1, 0)
  const pointer = split16(0xc000 | HEADER + before)
  return resourceRecord(HEADER + before, recordTypes.soa, [...pointer, ...pointer, ...[1, 3600, 600, 86400, TTL].flatMap(split32)])
}

const resourceRecord = (name: number, type: number, data: ArrayLike<number>): number[] =>
  [...split16(0xc000 | name), ...split16(type), ...split16(1), ...split32(TTL), ...split16(data.length), ...Array.from(data)]

/** The size of datagrams that arrive everywhere in one piece: RFC 9715. */
const optRecord = [0, 0, recordTypes.opt, ...[0x04, 0xd0], 0, 0, 0, 0, 0, 0]

const at = (bytes: Uint8Array, offset: number): number => bytes[offset] ?? 0
const split16 = (value: number): number[] => [value >>> 8 & 255, value & 255]
const split32 = (value: number): number[] => [...split16(value >>> 16), ...split16(value & 65535)]
