import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { stringify } from 'yaml'

export type KubeconfigOptions = {
  url: string
  /** PEM. */
  ca: string
  token: string
  /** Name of the cluster, the context and the user; default `sandbox`. */
  name?: string
  /** Namespace that kubectl works in when none is said. */
  namespace?: string
}

/** A kubeconfig as YAML. */
export const kubeconfig = ({ url, ca, token, name = 'sandbox', namespace }: KubeconfigOptions): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  })

/** Writes a kubeconfig that only its owner may read. A reader sees the old one or the new one, never half of it. */
export const writeKubeconfig = (path: string, options: KubeconfigOptions): void => {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.new`
  writeFileSync(temporary, kubeconfig(options), { mode: 0o600 })
  chmodSync(temporary, 0o600)
  renameSync(temporary, path)
}
