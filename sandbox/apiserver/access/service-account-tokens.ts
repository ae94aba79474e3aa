import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Core } from '../core.ts'
import type { UserInfo } from '../request.ts'
import { serviceAccountGroups } from './authentication.ts'

/** What a token of a ServiceAccount says. Times in seconds since the epoch. */
export type TokenClaims = {
  namespace: string
  name: string
  uid: string
  audiences: string[]
  expires: number
}

/** Makes and checks the tokens of ServiceAccounts: JWTs signed with the server's own key. */
export type TokenSigner = {
  sign: (claims: TokenClaims) => string
  /** Undefined for a token that is forged, expired, or whose ServiceAccount is gone or another one by now. */
  verify: (token: string) => { user: UserInfo; audiences: string[] } | undefined
}

/** The audience of tokens for this server. */
export const defaultAudience = 'https://kubernetes.default.svc.cluster.local'

type Payload = {
  aud: string[]
  exp: number
  iat: number
  iss: string
  sub: string
  'kubernetes.io': { namespace: string; serviceaccount: { name: string; uid: string } }
}

export const createTokenSigner = (core: Pick<Core, 'clock' | 'storage'>, key: Uint8Array): TokenSigner => {
  const signature = (content: string) => createHmac('sha256', key).update(content).digest()
  const now = () => Math.floor(core.clock.now() / 1000)

  return {
    sign: ({ namespace, name, uid, audiences, expires }) => {
      const payload: Payload = {
        aud: audiences,
        exp: expires,
        iat: now(),
        iss: defaultAudience,
        sub: `system:serviceaccount:${namespace}:${name}`,
        'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      }
      const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`
      return `${content}.${signature(content).toString('base64url')}`
    },
    verify: (token) => {
      const [header = '', body = '', given = ''] = token.split('.')
      const expected = signature(`${header}.${body}`)
      const actual = Buffer.from(given, 'base64url')
      if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined
      const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Payload
      const { namespace, serviceaccount } = payload['kubernetes.io']
      const account = core.storage.get('/serviceaccounts', `${namespace}/${serviceaccount.name}`)
      if (payload.exp <= now() || account?.metadata['uid'] !== serviceaccount.uid) return undefined
      return { audiences: payload.aud, user: { username: payload.sub, uid: serviceaccount.uid, groups: serviceAccountGroups(namespace) } }
    },
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
