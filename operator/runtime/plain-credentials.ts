import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Connection } from './credentials.ts'

export type CredentialOptions = {
  /** A kubeconfig; else KUBECONFIG, ~/.kube/config or the pod's service account, in this order. */
  file?: string | undefined
  context?: string | undefined
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Certificates, tokens and passwords that are in a kubeconfig or in files: what pods and most people have. Undefined for all else (plugins, several
 * files in KUBECONFIG, proxies): that is left to a library which takes a second and 80 MiB to load.
 * @param serviceAccount - the folder with the pod's `token` and `ca.crt`.
 * @throws Error of the file system for files that a kubeconfig names and that can't be read.
 */
export const plainConnection = async (options: CredentialOptions, serviceAccount = SERVICE_ACCOUNT): Promise<Connection | undefined> => {
  const file = options.file ?? defaultFile()
  if (file === undefined) return options.context === undefined ? podConnection(serviceAccount) : undefined
  if (file.includes(delimiter) || !existsSync(file)) return undefined
  const { parse } = await import('yaml')
  const config = parse(readFileSync(file, 'utf8')) as KubeConfigFile | null
  const { context } = config?.contexts?.find(({ name }) => name === (options.context ?? config['current-context'])) ?? {}
  const cluster = config?.clusters?.find(({ name }) => name === context?.cluster)?.cluster
  const user = config?.users?.find(({ name }) => name === context?.user)?.user ?? {}
  if (cluster?.server === undefined || !has(cluster, clusterFields) || !has(user, userFields)) return undefined
  const folder = dirname(resolve(file))
  return {
    server: cluster.server,
    ca: content(folder, cluster['certificate-authority'], cluster['certificate-authority-data']),
    cert: content(folder, user['client-certificate'], user['client-certificate-data']),
    key: content(folder, user['client-key'], user['client-key-data']),
    servername: cluster['tls-server-name'],
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] === true ? false : undefined,
    headers: authorization(folder, user),
  }
}

type Cluster = {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
}

type User = {
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  token?: string
  tokenFile?: string
  username?: string
  password?: string
}

type KubeConfigFile = {
  'current-context'?: string
  contexts?: { name: string; context?: { cluster?: string; user?: string } }[]
  clusters?: { name: string; cluster?: Cluster }[]
  users?: { name: string; user?: User | null }[]
}

const clusterFields = ['server', 'certificate-authority', 'certificate-authority-data', 'insecure-skip-tls-verify', 'tls-server-name']
const userFields = [
  'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data', 'token', 'tokenFile', 'username', 'password',
]

const has = (object: object, known: readonly string[]): boolean => Object.keys(object).every(key => known.includes(key))

const defaultFile = (): string | undefined => {
  if (process.env['KUBECONFIG']) return process.env['KUBECONFIG']
  const own = join(homedir(), '.kube', 'config')
  return existsSync(own) ? own : undefined
}

const podConnection = (folder: string): Connection | undefined => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env
  const token = join(folder, 'token')
  if (host === undefined || !existsSync(token)) return undefined
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(join(folder, 'ca.crt')),
    headers: { authorization: `Bearer ${readFileSync(token, 'utf8').trim()}` },
  }
}

const content = (folder: string, file: string | undefined, data: string | undefined): Buffer | undefined =>
  data !== undefined ? Buffer.from(data, 'base64') : file === undefined ? undefined : readFileSync(resolve(folder, file))

/** A token in a file beats one beside it: it is the one that is renewed. */
const authorization = (folder: string, { token, tokenFile, username, password = '' }: User): Record<string, string> => {
  const bearer = tokenFile === undefined ? token : readFileSync(resolve(folder, tokenFile), 'utf8').trim()
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` }
  return username === undefined ? {} : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}
