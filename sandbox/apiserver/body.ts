import { badRequest, tooLarge, unsupportedMediaType } from './errors.ts'
import { decodeProtobuf } from './builtin/protobuf.ts'
import type { RequestBody } from './request.ts'
import { parseDocument, type ParsedDocument } from './schema/document.ts'

/** The largest request body in bytes, as in a real server. */
export const bodyLimit = 3 * 1024 * 1024

const protobuf = 'application/vnd.kubernetes.protobuf'
const accepted = ['application/json', 'application/yaml', protobuf]

/** Media type without parameters, lower case; JSON where the client says none. */
export const mediaTypeOf = (header: string | undefined): string => (header ?? '').split(';')[0]?.trim().toLowerCase() || 'application/json'

/**
 * The parsed body of a create or update.
 *
 * @throws StatusError 400, 413 or 415.
 */
export const readDocument = (body: RequestBody, contentType: string | undefined): ParsedDocument => {
  const type = mediaTypeOf(contentType)
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted)
  if (type === protobuf) return { value: decodeProtobuf(typeof body === 'string' ? Buffer.from(body) : body), duplicates: [] }
  return parseBody(body, type.endsWith('yaml') ? 'yaml' : 'json')
}

/** @throws StatusError 400 for text that is neither JSON nor YAML, 413 for too much of it. */
export const parseBody = (raw: RequestBody, format: 'json' | 'yaml'): ParsedDocument => {
  const body = typeof raw === 'string' ? raw : Buffer.from(raw).toString()
  if (body.length > bodyLimit || Buffer.byteLength(body) > bodyLimit) throw tooLarge(bodyLimit)
  try {
    return parseDocument(body, format)
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`)
    throw error
  }
}
