import type { Readable } from 'node:stream'
import type { MayConnect } from './disks.ts'
import { AnswerError, openURL } from './open-url.ts'
import { firstFile } from './tar.ts'
import { unpack } from './unpack.ts'

const INDEXES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']
const MANIFESTS = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json']
const MANIFEST_BYTES = 4 * 2 ** 20

type Descriptor = { digest: string; mediaType?: string; platform?: { architecture?: string; os?: string } }
type Manifest = { manifests?: Descriptor[]; layers?: Descriptor[]; config?: Descriptor }

type Opening = { url: string; architecture?: string | undefined; signal: AbortSignal; mayConnect?: MayConnect | undefined }

/**
 * The disk file under /disk of a container image, which KubeVirt calls a containerDisk: of the first layer that has one. Speaks the OCI distribution
 * API as CDI's importer does (v1.66.0, pkg/importer/transport.go), with the token of a registry that wants one of everybody.
 */
export const openContainerDisk = async ({ url, architecture, ...how }: Opening): Promise<Readable> => {
  const { base, reference } = parseReference(url)
  const get = registryClient(base, how)
  const manifest = await manifestFor(get, reference, architecture)
  for (const { digest } of manifest.layers ?? []) {
    const disk = await firstFile(await unpack(await get(`blobs/${digest}`)), path => path.startsWith('disk/'))
    if (disk !== undefined) return disk
  }
  throw new Error('Failed to find VM disk image file in the container image')
}

type Get = (path: string, accept?: readonly string[]) => Promise<Readable>

const manifestFor = async (get: Get, reference: string, architecture: string | undefined): Promise<Manifest> => {
  const manifest = await json<Manifest>(await get(`manifests/${reference}`, [...INDEXES, ...MANIFESTS]))
  if (manifest.manifests !== undefined) {
    const fits = manifest.manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === (architecture ?? 'amd64'))
    if (fits === undefined) throw new Error(`no image found in manifest list for architecture "${architecture}", OS "linux"`)
    return json<Manifest>(await get(`manifests/${fits.digest}`, MANIFESTS))
  }
  const config = manifest.config === undefined ? {} : await json<{ architecture?: string }>(await get(`blobs/${manifest.config.digest}`))
  if (architecture !== undefined && config.architecture !== architecture) {
    throw new Error(`manifest image architecture: "${config.architecture}" doesn't match requested architecture: "${architecture}"`)
  }
  return manifest
}

const registryClient = (base: string, how: Pick<Opening, 'signal' | 'mayConnect'>): Get => {
  let token: string | undefined
  const open = async (path: string, accept: readonly string[]) =>
    (await openURL(`${base}/${path}`, { ...how, headers: { accept: accept.join(', '), ...token === undefined ? {} : { authorization: `Bearer ${token}` } } })).response
  return async (path, accept = ['*/*']) => {
    try {
      return await open(path, accept)
    } catch (error) {
      const wanted = error instanceof AnswerError && error.status === 401 && token === undefined ? error.headers['www-authenticate'] : undefined
      if (wanted === undefined) throw error
      token = await tokenFor(wanted, how)
      return open(path, accept)
    }
  }
}

const tokenFor = async (challenge: string, how: Pick<Opening, 'signal' | 'mayConnect'>): Promise<string> => {
  const { realm, ...query } = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
  if (realm === undefined || !URL.canParse(realm)) throw new Error('the registry wants credentials, which an Image has none of')
  const { response } = await openURL(`${realm}?${new URLSearchParams(query).toString()}`, how)
  const { token, access_token: access } = await json<{ token?: string; access_token?: string }>(response)
  return token ?? access ?? ''
}

const json = async <T>(body: Readable): Promise<T> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    if (bytes > MANIFEST_BYTES) throw new Error('the registry answers with more than a manifest may have')
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T
}

/** A registry on loopback is spoken to without TLS, as container engines do. */
const parseReference = (url: string): { base: string; reference: string } => {
  const [, host = '', repository = '', tag = 'latest', digest] = /^docker:\/\/([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(url) ?? []
  if (repository === '') throw new Error(`${url} is not docker:// and the name of a container image`)
  const scheme = /^(127\.|\[::1\])/.test(host) ? 'http' : 'https'
  return { base: `${scheme}://${host === 'docker.io' ? 'registry-1.docker.io' : host}/v2/${repository}`, reference: digest ?? tag }
}
