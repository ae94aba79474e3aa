import { generateKeyPairSync } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { systemClock } from '../../operator/runtime/clock.ts'
import { issueCertificate, makeAuthority } from '../../sandbox/apiserver/certificates.ts'

/** Where a control plane keeps what it needs and what it leaves. */
export type DataFolder = {
  path: string
  /** Of an administrator. */
  kubeconfig: string
  auditPolicy: string
  auditLog: string
  certificate: (name: string) => string
  key: (name: string) => string
}

/**
 * Everything is worth a line with its verb and user. Of bodies only those that somebody else grants or refuses by what they say: CDI asks who may
 * clone from another namespace.
 */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Request', verbs: ['patch'], resources: [{ group: 'cdi.kubevirt.io', resources: ['datavolumes'] }] }, { level: 'Metadata' }],
}

/**
 * Makes keys, certificates, an administrator's kubeconfig and the audit policy of a control plane that will serve on a port of loopback; or takes
 * those of the base that `E2E_BASE` names, and what is stored in it.
 */
export const makeDataFolder = async (path: string, port: number): Promise<DataFolder> => {
  const keys = join(path, 'pki')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const folder: DataFolder = {
    path,
    kubeconfig: join(path, 'kubeconfig'),
    auditPolicy: join(path, 'audit-policy.yaml'),
    auditLog: join(path, 'audit.log'),
    certificate: (name) => join(keys, `${name}.crt`),
    key: (name) => join(keys, `${name}.key`),
  }
  if (existsSync(folder.kubeconfig)) return folder
  const base = process.env['E2E_BASE']
  if (base !== undefined) {
    await takeBase(base, folder, port)
    return folder
  }
  const keep = (file: string, text: string) => writeFile(file, text, { mode: 0o600 })
  await keep(folder.auditPolicy, stringify(auditPolicy))
  const admin = await makeKeys(folder, keep)
  await keep(folder.kubeconfig, kubeconfigOf(`https://127.0.0.1:${port}`, admin))
  return folder
}

/** What lasts of a control plane: no socket, no log, nothing that says of a process that it is ready. */
const lasting = ['pki', 'etcd', 'audit-policy.yaml', 'kubeconfig']

const takeBase = async (base: string, { path, kubeconfig }: DataFolder, port: number): Promise<void> => {
  for (const name of lasting) await cp(join(base, name), join(path, name), { recursive: true, mode: constants.COPYFILE_FICLONE })
  const text = await readFile(kubeconfig, 'utf8')
  await writeFile(kubeconfig, text.replace(/(https:\/\/127\.0\.0\.1:)\d+/, `$1${port}`))
}

type Pem = { ca: string; certificate: string; key: string }

const makeKeys = async (folder: DataFolder, keep: (file: string, text: string) => Promise<void>): Promise<Pem> => {
  const now = systemClock.now()
  const [ca, frontProxy] = await Promise.all([makeAuthority('ca', now), makeAuthority('front-proxy-ca', now)])
  await keep(folder.certificate('ca'), ca.pem)
  await keep(folder.certificate('front-proxy-ca'), frontProxy.pem)
  const issue = async (name: string, authority: typeof ca, subject: string, names: string[]): Promise<Pem> => {
    const { certificate, key } = await issueCertificate(authority, { subject, names, now })
    await keep(folder.certificate(name), certificate)
    await keep(folder.key(name), key)
    return { ca: authority.pem, certificate, key }
  }
  await issue('apiserver', ca, 'CN=kube-apiserver', ['localhost', '127.0.0.1', '10.96.0.1', 'kubernetes.default.svc'])
  await issue('front-proxy', frontProxy, 'CN=front-proxy', [])
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await keep(folder.key('service-accounts'), privateKey.export({ type: 'sec1', format: 'pem' }).toString())
  return issue('admin', ca, 'CN=admin, O=system:masters', [])
}

const kubeconfigOf = (server: string, { ca, certificate, key }: Pem): string => {
  const data = (text: string) => Buffer.from(text).toString('base64')
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kubernetes', cluster: { server, 'certificate-authority-data': data(ca) } }],
    users: [{ name: 'admin', user: { 'client-certificate-data': data(certificate), 'client-key-data': data(key) } }],
    contexts: [{ name: 'admin', context: { cluster: 'kubernetes', user: 'admin', namespace: 'default' } }],
    'current-context': 'admin',
  })
}
