import { CelScalar, celFunc, celMethod, listType, mapType, type CelFunc, type CelValue } from '@bufbuild/cel'
import { URLValue } from './opaque.ts'

const { STRING, BOOL } = CelScalar

/**
 * Kubernetes' URL library: Go's url.ParseRequestURI, so an absolute URI or an absolute path.
 * Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library
 */
export const urls: CelFunc[] = [
  celFunc('isURL', [STRING], BOOL, text => parse(text) !== undefined),
  celFunc('url', [STRING], URLValue.type, text => {
    if (parse(text) === undefined) throw new Error(`URL parse error during conversion from string: ${JSON.stringify(text)}`)
    return URLValue.of(text)
  }),
  celMethod('getScheme', URLValue.type, [], STRING, function () { return partsOf(this).scheme }),
  celMethod('getHost', URLValue.type, [], STRING, function () { return partsOf(this).host }),
  celMethod('getHostname', URLValue.type, [], STRING, function () { return partsOf(this).host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1') }),
  celMethod('getPort', URLValue.type, [], STRING, function () { return /:([0-9]*)$/.exec(partsOf(this).host)?.[1] ?? '' }),
  celMethod('getEscapedPath', URLValue.type, [], STRING, function () { return partsOf(this).path }),
  celMethod('getQuery', URLValue.type, [], mapType(STRING, listType(STRING)), function () { return queryOf(partsOf(this).query) }),
]

type Parts = { scheme: string; host: string; path: string; query: string }

const shape = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/((?:[^/?@]*@)?)([^/?]*))?([^?]*)(?:\?(.*))?$/s

const parse = (text: string): Parts | undefined => {
  // Control characters, spaces in the authority and broken escapes are errors in Go too; a fragment is part of the path there.
  if (/[\x00-\x1f\x7f]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(text.split('?')[0] ?? '')) return undefined
  const match = shape.exec(text)
  if (match === null) return undefined
  const [, scheme = '', , host, path = '', query = ''] = match
  if (scheme === '' && !text.startsWith('/')) return undefined
  if (scheme !== '' && host === undefined && !path.startsWith('/') && path === '') return undefined
  if (host !== undefined && !isHost(host)) return undefined
  return { scheme: scheme.toLowerCase(), host: host ?? '', path, query }
}

const isHost = (host: string): boolean =>
  /^(\[[0-9a-fA-F:.%]+\]|[^\s:<>"[\]\\^`{|}]*)(:[0-9]*)?$/.test(host)

const partsOf = (value: CelValue): Parts => {
  const parts = parse(URLValue.textOf(value))
  if (parts === undefined) throw new Error('not a URL')
  return parts
}

const queryOf = (query: string): Map<string, string[]> => {
  const values = new Map<string, string[]>()
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...values.get(key) ?? [], value])
  return values
}
