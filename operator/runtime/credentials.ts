import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { plainConnection } from './plain-credentials.ts'
import type { CredentialOptions } from './plain-credentials.ts'

/** How to reach an API server, and as whom. */
export type Connection = {
  /** URL, possibly with a path prefix. */
  server: string
  ca?: string | Buffer | undefined
  cert?: string | Buffer | undefined
  key?: string | Buffer | undefined
  servername?: string | undefined
  rejectUnauthorized?: boolean | undefined
  /** Lower-case names; `authorization` among them where a token is used. */
  headers: Record<string, string>
}

export type Credentials = {
  /** @param renew - the server refused what was loaded before: read token files and ask exec plugins again. */
  load: (renew: boolean) => Promise<Connection>
}

/**
 * Credentials of a kubeconfig file, else of KUBECONFIG, ~/.kube/config or the pod's service account, in this order.
 * @throws Error that says what is missing, at the first `load`.
 */
export const kubeConfigCredentials = (options: CredentialOptions = {}): Credentials => {
  let config: KubeConfig | undefined
  return {
    load: async (renew) => {
      const plain = await plainConnection(options)
      if (plain !== undefined) return plain
      // A new KubeConfig forgets every token that the old one remembered.
      if (config === undefined || renew) config = await readKubeConfig(options)
      return connectionOf(config)
    },
  }
}

/** For plugins, several files at once and other rarities; see `plainConnection`. */
const readKubeConfig = async ({ file, context }: CredentialOptions): Promise<KubeConfig> => {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (file === undefined) config.loadFromDefault()
  else config.loadFromFile(file)
  if (context !== undefined) config.setCurrentContext(context)
  if (config.getCurrentCluster() === null) {
    throw new Error(`the kubeconfig ${file ?? ''} has no cluster for its context "${config.getCurrentContext()}"`.replace('  ', ' '))
  }
  return config
}

const connectionOf = async (config: KubeConfig): Promise<Connection> => {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error('the kubeconfig names no cluster')
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const headers = Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]))
  if (typeof options.auth === 'string') headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  return {
    server: cluster.server,
    ca: options.ca as Buffer | undefined,
    cert: options.cert as Buffer | undefined,
    key: options.key as Buffer | undefined,
    servername: (options as { servername?: string }).servername,
    rejectUnauthorized: options.rejectUnauthorized,
    headers,
  }
}
