import { createHash, createHmac } from 'node:crypto'
import type { S3Credentials } from './disks.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/**
 * The headers of a signed GET of an object (AWS Signature Version 4). The region is guessed from the host as CDI guesses it: what stands in
 * `s3.<region>.amazonaws.com`, else the host's first label. Source: containerized-data-importer v1.66.0, pkg/importer/s3-datasource.go.
 */
export const signedHeaders = (
  text: string, credentials: S3Credentials, extra: Readonly<Record<string, string>> = {}, region = regionOf(new URL(text)),
): Record<string, string> => {
  const url = new URL(text)
  const time = new Date(credentials.time).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const body = sha256('')
  const headers: Record<string, string> = { host: url.host, 'x-amz-content-sha256': body, 'x-amz-date': time, ...extra }
  const names = Object.keys(headers).sort()
  const query = [...url.searchParams].map(pair => pair.map(encodeURIComponent).join('=')).sort().join('&')
  const request = ['GET', url.pathname, query, ...names.map(name => `${name}:${headers[name]}`), '', names.join(';'), body].join('\n')
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretKey}`)
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).toString('hex')
  return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}` }
}

const regionOf = ({ host, hostname }: URL): string => /s3\.(.+)\.amazonaws\.com/.exec(host)?.[1] ?? hostname.split('.')[0] ?? ''
