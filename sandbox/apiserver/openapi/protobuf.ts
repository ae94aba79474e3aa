/**
 * OpenAPI 2 as protobuf: clients of old know it in no other form. Only what our documents hold is written.
 * Field numbers are those of gnostic's `openapi.v2` messages, https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto
 */
type Json = Record<string, unknown>
type Part = Uint8Array

/** The bytes of a whole document. */
export const encodeVersion2 = (document: Json): Uint8Array => {
  const paths = entries(document.paths).map(([path, item]) => message(2, named(path, pathItem(item as Json))))
  const definitions = entries(document.definitions).map(([name, schema]) => message(1, named(name, schemaParts(schema as Json))))
  const information = document.info as Json
  return concat([
    text(1, document.swagger),
    message(2, [text(1, information.title), text(2, information.version)]),
    message(8, paths),
    message(9, definitions),
  ])
}

const methods: Record<string, number> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 }

const pathItem = (item: Json): Part[] => [
  ...entries(item).flatMap(([method, value]) => (methods[method] === undefined ? [] : [message(methods[method], operation(value as Json))])),
  ...((item.parameters ?? []) as Json[]).map((each) => message(9, parameter(each))),
]

const operation = (value: Json): Part[] => [
  text(3, value.description),
  text(5, value.operationId),
  ...texts(7, value.consumes),
  ...((value.parameters ?? []) as Json[]).map((each) => message(8, parameter(each))),
  message(9, entries(value.responses).map(([code, each]) => message(1, named(code, [message(1, response(each as Json))])))),
  ...extensions(13, value),
]

const response = (value: Json): Part[] => [text(1, value.description), message(2, [message(1, schemaParts(value.schema as Json))])]

/** ParametersItem → Parameter → a body, a query or a path parameter. */
const parameter = (value: Json): Part[] => {
  if (value.in === 'body') {
    const body = [text(2, value.name), text(3, 'body'), flag(4, value.required), message(5, schemaParts(value.schema as Json))]
    return [message(1, [message(1, body)])]
  }
  const common = [flag(1, value.required), text(2, value.in), text(3, value.description), text(4, value.name)]
  const inner = value.in === 'path' ? message(4, [...common, text(5, value.type)]) : message(3, [...common, text(6, value.type)])
  return [message(1, [message(2, [inner])])]
}

const schemaParts = (schema: Json): Part[] => [
  text(1, schema.$ref),
  text(2, schema.format),
  text(3, schema.title),
  text(4, schema.description),
  double(6, schema.multipleOf),
  double(7, schema.maximum),
  flag(8, schema.exclusiveMaximum),
  double(9, schema.minimum),
  flag(10, schema.exclusiveMinimum),
  integer(11, schema.maxLength),
  integer(12, schema.minLength),
  text(13, schema.pattern),
  integer(14, schema.maxItems),
  integer(15, schema.minItems),
  integer(17, schema.maxProperties),
  integer(18, schema.minProperties),
  ...texts(19, schema.required),
  ...((schema.enum ?? []) as unknown[]).map((each) => message(20, yaml(each))),
  ...(typeof schema.additionalProperties === 'object' ? [message(21, [message(1, schemaParts(schema.additionalProperties as Json))])] : []),
  ...(schema.type === undefined ? [] : [message(22, [text(1, schema.type)])]),
  ...(schema.items === undefined ? [] : [message(23, [message(1, schemaParts(schema.items as Json))])]),
  ...(schema.properties === undefined ? [] : [message(25, properties(schema.properties as Json))]),
  ...extensions(31, schema),
]

const properties = (value: Json): Part[] => entries(value).map(([name, each]) => message(1, named(name, schemaParts(each as Json))))

const named = (name: string, value: Part[]): Part[] => [text(1, name), message(2, value)]

/** JSON is YAML. */
const yaml = (value: unknown): Part[] => [text(2, JSON.stringify(value))]

const extensions = (field: number, value: Json): Part[] =>
  entries(value).flatMap(([name, each]) => (name.startsWith('x-') ? [message(field, named(name, yaml(each)))] : []))

const entries = (value: unknown): [string, unknown][] => Object.entries((value ?? {}) as Json)

const encoder = new TextEncoder()
const nothing: Part = new Uint8Array()

const varint = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

const delimited = (field: number, bytes: Uint8Array): Part => concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes])
const message = (field: number, parts: Part[]): Part => delimited(field, concat(parts))
const text = (field: number, value: unknown): Part => (typeof value === 'string' && value !== '' ? delimited(field, encoder.encode(value)) : nothing)
const texts = (field: number, values: unknown): Part[] => ((values ?? []) as string[]).map((value) => text(field, value))
const flag = (field: number, value: unknown): Part => (value === true ? Uint8Array.from([...varint(field * 8), 1]) : nothing)

const integer = (field: number, value: unknown): Part =>
  typeof value === 'number' && value > 0 ? Uint8Array.from([...varint(field * 8), ...varint(value)]) : nothing

const double = (field: number, value: unknown): Part => {
  if (typeof value !== 'number' || value === 0) return nothing
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return concat([Uint8Array.from(varint(field * 8 + 1)), bytes])
}

const concat = (parts: Part[]): Uint8Array => {
  const size = parts.reduce((total, part) => total + part.length, 0)
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
