import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { qemuInstalled } from '../hypervisor/qemu.ts'
import type { ImageSource } from './disks.ts'
import { createFileDisks } from './files.ts'
import { signedHeaders } from './s3.ts'

const run = promisify(execFile)
const withQemu = qemuInstalled() ? test : test.skip

const MiB = 2 ** 20
const disk = Buffer.alloc(MiB, 7)
disk.writeUInt16LE(0xaa55, 510)

const serve = async (t: ExecutionContext, listener: RequestListener): Promise<string> => {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>(resolve => void server.close(() => resolve())))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A folder with disks, and what an import from a source leaves in one of them. */
const setup = async (t: ExecutionContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'import-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const disks = await createFileDisks(directory)
  let count = 0
  return {
    directory,
    imported: async (source: ImageSource, sizeBytes = MiB): Promise<Buffer> => {
      const id = `disk-${++count}`
      await disks.importImage(id, source, sizeBytes, () => {}, new AbortController().signal)
      const raw = join(directory, id)
      await run('qemu-img', ['convert', '-O', 'raw', disks.pathOf(id) ?? '', raw])
      return readFile(raw)
    },
  }
}

withQemu('a disk has the same bytes in every format and compression that CDI takes', async t => {
  const { directory, imported } = await setup(t)
  const raw = join(directory, 'raw')
  await writeFile(raw, disk)
  const files = new Map<string, Buffer>([['/raw', disk], ['/raw.gz', gzipSync(disk)], ['/raw.zst', zstdCompressSync(disk)]])
  for (const [format, options] of [['qcow2', []], ['vmdk', ['-o', 'subformat=streamOptimized']], ['vpc', ['-o', 'force_size=on']], ['vhdx', []], ['vdi', []]] as const) {
    await run('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, raw, `${raw}.${format}`])
    files.set(`/${format}`, await readFile(`${raw}.${format}`))
  }
  await run('xz', ['--keep', `${raw}.qcow2`])
  files.set('/qcow2.xz', await readFile(`${raw}.qcow2.xz`))
  const host = await serve(t, ({ url = '' }, response) => void response.end(files.get(url)))
  for (const [path, bytes] of files) {
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    t.true((await imported({ url: `http://${host}${path}`, checksum }, path === '/vhdx' ? 64 * MiB : 4 * MiB)).subarray(0, MiB).equals(disk), path)
  }
  await t.throwsAsync(imported({ url: `http://${host}/vdi` }, 512), { message: /A larger PVC is required/ })
})

withQemu('a disk in a bucket is had with its credentials and no others', async t => {
  const { imported } = await setup(t)
  const credentials = { accessKeyId: 'AKID', secretKey: 'secret', time: Date.UTC(2026, 0, 1) }
  const host = await serve(t, (request, response) => {
    const { authorization } = signedHeaders(`http://${request.headers.host}${request.url}`, credentials)
    response.writeHead(request.headers.authorization === authorization && request.url === '/bucket/disk.raw' ? 200 : 403).end(disk)
  })
  const url = `http://${host}/bucket/disk.raw`
  t.true((await imported({ url, credentials })).equals(disk))
  await t.throwsAsync(imported({ url, credentials: { ...credentials, secretKey: 'guessed' } }), { message: /Unable to connect to s3 data source: .* answered 403/ })
  await t.throwsAsync(imported({ url }), { message: /answered 403/ })
})

test('a request to a bucket is signed as AWS\' own example is', t => {
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', time: Date.UTC(2013, 4, 24) }
  // Source: Amazon S3 API reference, "Examples: Signature calculations", GET object.
  const { authorization } = signedHeaders('https://examplebucket.s3.amazonaws.com/test.txt', credentials, { range: 'bytes=0-9' }, 'us-east-1')
  t.is(authorization?.split('Signature=')[1], 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
})

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A registry that hands a token to everybody, with one image for two architectures whose second layer has the disk. */
const registry = (layers: readonly Buffer[]): RequestListener => {
  const blobs = new Map<string, Buffer>()
  const put = (bytes: Buffer) => {
    blobs.set(digestOf(bytes), bytes)
    return { digest: digestOf(bytes), size: bytes.length }
  }
  const document = (content: object) => put(Buffer.from(JSON.stringify(content)))
  const manifest = document({ config: document({ architecture: 'amd64' }), layers: layers.map(put) })
  const index = document({ manifests: [{ ...manifest, platform: { os: 'linux', architecture: 'amd64' } }] })
  return ({ url = '', headers }, response) => {
    const [, , , , digest = ''] = /^\/v2\/(team)\/(disk)\/(blobs|manifests)\/(.+)$/.exec(url) ?? []
    if (url.startsWith('/token')) return void response.end(JSON.stringify({ token: 'for-all' }))
    if (headers.authorization !== 'Bearer for-all') {
      return void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host}/token",service="registry"` }).end()
    }
    const found = blobs.get({ latest: index.digest, 'amd64-only': manifest.digest }[digest] ?? digest)
    if (found === undefined) response.writeHead(404).end()
    else response.end(found)
  }
}

withQemu('the disk of a container image is had from a registry, of the architecture that is asked for', async t => {
  const { directory, imported } = await setup(t)
  await run('mkdir', ['-p', join(directory, 'layer/disk')])
  await writeFile(join(directory, 'layer/disk/disk.img'), disk)
  await writeFile(join(directory, 'readme'), 'nothing to boot')
  for (const [name, ...words] of [['one', 'readme'], ['two', '-C', 'layer', './disk/disk.img']] as const) {
    await run('tar', ['--create', '--gzip', '--file', `${name}.tar.gz`, ...words], { cwd: directory })
  }
  const [one, two] = await Promise.all(['one', 'two'].map(name => readFile(join(directory, `${name}.tar.gz`))))
  const host = await serve(t, registry([one ?? disk, two ?? disk]))
  const without = await serve(t, registry([one ?? disk]))
  for (const tag of ['', ':latest', ':amd64-only']) {
    t.true((await imported({ url: `docker://${host}/team/disk${tag}`, architecture: 'amd64' })).equals(disk), tag)
  }
  await t.throwsAsync(imported({ url: `docker://${host}/team/disk`, architecture: 'arm64' }), { message: /no image found in manifest list for architecture "arm64"/ })
  await t.throwsAsync(imported({ url: `docker://${host}/team/disk:amd64-only`, architecture: 'arm64' }), { message: /doesn't match requested architecture/ })
  await t.throwsAsync(imported({ url: `docker://${without}/team/disk` }), { message: /Failed to find VM disk image file/ })
  await t.throwsAsync(imported({ url: `docker://${host}/team/other` }), { message: /answered 404/ })
  await t.throwsAsync(imported({ url: `docker://${host}/team/disk`, mayConnect: () => false }), { message: /i\/o timeout/ })
})
