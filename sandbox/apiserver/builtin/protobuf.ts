import { badRequest } from '../errors.ts'
import { typeFields } from './index.ts'
import type { Field } from './schema-language.ts'

/**
 * Reads what typed clients of Go send by default: `k8s\0`, then a `runtime.Unknown` that names the kind and holds the object. Only requests are
 * read so; answers are JSON, which those clients accept as well.
 *
 * @throws StatusError 400 for bytes that are no such message, or of a kind that isn't built in.
 */
export const decodeProtobuf = (bytes: Uint8Array): unknown => {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'k8s\0') throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  try {
    const envelope = rawFields(bytes.subarray(4))
    const { apiVersion = '', kind = '' } = decodeMessage(typeMeta, asBytes(envelope.get(1)?.[0])) as { apiVersion?: string; kind?: string }
    const fields = topLevelFields(apiVersion, kind)
    if (fields === undefined) throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} as protobuf`)
    return { apiVersion, kind, ...decodeMessage(fields, asBytes(envelope.get(2)?.[0])) }
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`the protobuf message is cut off or broken: ${error.message}`)
    throw error
  }
}

type Shape = Pick<Field, 'name' | 'type' | 'list' | 'map' | 'numbers' | 'pointer'>
type Wire = number | bigint | Uint8Array

const plain = (name: string, number: number): Shape => ({ name, type: 'string', list: undefined, map: false, numbers: [number], pointer: false })
const typeMeta = [plain('apiVersion', 1), plain('kind', 2)]

/** DeleteOptions and the like have no metadata: there the declared field 1 counts. */
const topLevelFields = (apiVersion: string, kind: string): Shape[] | undefined => {
  const fields = typeFields(apiVersion.startsWith('events.k8s.io/') ? 'EventsEvent' : kind)
  if (fields === undefined || fields.some(({ numbers }) => numbers[0] === 1)) return fields
  return [{ ...plain('metadata', 1), type: 'ObjectMeta' }, ...fields]
}

/** Field number → what it carries, in order. */
const rawFields = (bytes: Uint8Array): Map<number, Wire[]> => {
  const found = new Map<number, Wire[]>()
  const reader = { bytes, at: 0 }
  while (reader.at < bytes.length) {
    const tag = Number(varint(reader))
    const value = readWire(reader, tag & 7)
    const list = found.get(tag >>> 3)
    if (list === undefined) found.set(tag >>> 3, [value])
    else list.push(value)
  }
  return found
}

type Reader = { bytes: Uint8Array; at: number }

const readWire = (reader: Reader, wireType: number): Wire => {
  if (wireType === 0) return varint(reader)
  if (wireType === 1) return new DataView(take(reader, 8).slice().buffer).getFloat64(0, true)
  if (wireType === 2) return take(reader, Number(varint(reader)))
  if (wireType === 5) return new DataView(take(reader, 4).slice().buffer).getFloat32(0, true)
  throw new RangeError(`wire type ${wireType}`)
}

const take = (reader: Reader, length: number): Uint8Array => {
  const end = reader.at + length
  if (end > reader.bytes.length) throw new RangeError(`${length} bytes wanted at ${reader.at}`)
  const part = reader.bytes.subarray(reader.at, end)
  reader.at = end
  return part
}

const varint = (reader: Reader): bigint => {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined) throw new RangeError('a number without an end')
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asIntN(64, value)
  }
  throw new RangeError('a number too long')
}

const asBytes = (value: Wire | undefined): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array())

const decodeMessage = (fields: Shape[], bytes: Uint8Array): Record<string, unknown> => {
  const raw = rawFields(bytes)
  const embedded = new Map<number, Map<number, Wire[]>>()
  const result: Record<string, unknown> = {}
  for (const field of fields) {
    const values = follow(raw, embedded, field.numbers)
    const value = values === undefined ? undefined : decodeField(field, values)
    if (value !== undefined) result[field.name] = value
  }
  return result
}

/** Goes down through embedded messages to a field's values. */
const follow = (raw: Map<number, Wire[]>, embedded: Map<number, Map<number, Wire[]>>, [first = 0, ...rest]: number[]): Wire[] | undefined => {
  const values = raw.get(first)
  if (rest.length === 0 || values === undefined) return values
  let inner = embedded.get(first)
  if (inner === undefined) embedded.set(first, (inner = rawFields(asBytes(values[0]))))
  return follow(inner, new Map(), rest)
}

const decodeField = (field: Shape, values: Wire[]): unknown => {
  if (field.map) return Object.fromEntries(values.map((entry) => decodeEntry(field, rawFields(asBytes(entry)))))
  if (field.list !== undefined) return values.map((value) => decodeValue(field.type, value))
  const value = decodeValue(field.type, values.at(-1) ?? 0n)
  // Go writes the zero of every field that is no pointer: it stands for nothing said.
  const zero = value === '' || value === 0 || value === false
  return zero && !field.pointer ? undefined : value
}

const decodeEntry = (field: Shape, entry: Map<number, Wire[]>): [string, unknown] => {
  const key = Buffer.from(asBytes(entry.get(1)?.[0])).toString()
  const value = entry.get(2)?.[0] ?? new Uint8Array()
  // A list inside a map is a message of its own, with the items as field 1.
  if (field.list !== undefined) return [key, (rawFields(asBytes(value)).get(1) ?? []).map((item) => decodeValue(field.type, item))]
  return [key, decodeValue(field.type, value)]
}

const decoders: Record<string, (value: Wire) => unknown> = {
  string: (value) => Buffer.from(asBytes(value)).toString(),
  bytes: (value) => Buffer.from(asBytes(value)).toString('base64'),
  int: Number,
  int64: Number,
  number: Number,
  bool: (value) => Number(value) !== 0,
  quantity: (value) => Buffer.from(asBytes(rawFields(asBytes(value)).get(1)?.[0])).toString() || '0',
  intOrString: (value) => {
    const fields = rawFields(asBytes(value))
    return Number(fields.get(1)?.[0] ?? 0) === 0 ? Number(fields.get(2)?.[0] ?? 0) : Buffer.from(asBytes(fields.get(3)?.[0])).toString()
  },
  time: (value) => timeOf(value, 0),
  microtime: (value) => timeOf(value, 6),
  any: (value) => {
    const raw = Buffer.from(asBytes(rawFields(asBytes(value)).get(1)?.[0])).toString()
    return raw === '' ? undefined : (JSON.parse(raw) as unknown)
  },
}

const timeOf = (value: Wire, digits: number): string | undefined => {
  const fields = rawFields(asBytes(value))
  if (fields.size === 0) return undefined
  const seconds = new Date(Number(fields.get(1)?.[0] ?? 0) * 1000).toISOString().slice(0, 19)
  const fraction = String(fields.get(2)?.[0] ?? 0).padStart(9, '0').slice(0, digits)
  return digits === 0 ? `${seconds}Z` : `${seconds}.${fraction}Z`
}

const decodeValue = (type: string, value: Wire): unknown => {
  const decoder = decoders[type]
  if (decoder !== undefined) return decoder(value)
  const fields = typeFields(type)
  if (fields === undefined) throw badRequest(`the type ${type} can't be read as protobuf`)
  return decodeMessage(fields, asBytes(value))
}
