import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { startImageServer } from './server.ts'

const serve = async (t: ExecutionContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'images-'))
  const disk = join(directory, 'disk.qcow2')
  await writeFile(disk, '0123456789')
  await writeFile(`${disk}.sha256`, 'abc  disk.qcow2\n')
  const server = await startImageServer(disk, 0)
  t.teardown(async () => {
    await server.close()
    await rm(directory, { recursive: true })
  })
  return server
}

test('the image is served whole, and HEAD tells its size and that ranges can be had', async (t) => {
  const { url } = await serve(t)
  t.is(await (await fetch(url)).text(), '0123456789')
  const head = await fetch(url, { method: 'HEAD' })
  t.like(Object.fromEntries(head.headers), { 'content-length': '10', 'accept-ranges': 'bytes' })
  t.truthy(head.headers.get('etag'))
  t.is(await head.text(), '')
})

for (const [range, status, contentRange, body] of [
  ['bytes=0-3', 206, 'bytes 0-3/10', '0123'],
  ['bytes=4-', 206, 'bytes 4-9/10', '456789'],
  ['bytes=-2', 206, 'bytes 8-9/10', '89'],
  ['bytes=8-99', 206, 'bytes 8-9/10', '89'],
  ['bytes=-99', 206, 'bytes 0-9/10', '0123456789'],
  ['bytes=10-', 416, 'bytes */10', ''],
  ['bytes=-0', 416, 'bytes */10', ''],
  ['bytes=0-1,4-5', 200, null, '0123456789'],
  ['lines=1-2', 200, null, '0123456789'],
] as const) {
  test(`a request for ${range} is answered ${status}`, async (t) => {
    const { url } = await serve(t)
    const response = await fetch(url, { headers: { range } })
    t.deepEqual([response.status, response.headers.get('content-range'), await response.text()], [status, contentRange, body])
  })
}

test('the checksum file names the image as it is served', async (t) => {
  const { url } = await serve(t)
  t.is(await (await fetch(`${url}.sha256`)).text(), 'abc  guest.qcow2\n')
})

test('nothing else is served and nothing can be written', async (t) => {
  const { url } = await serve(t)
  t.is((await fetch(new URL('/etc/passwd', url))).status, 404)
  t.is((await fetch(new URL('/../disk.qcow2', url))).status, 404)
  const put = await fetch(url, { method: 'PUT', body: 'x' })
  t.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD'])
})

test('a taken port is an error that names it', async (t) => {
  const { port } = await serve(t)
  await t.throwsAsync(startImageServer('/nowhere', port), { code: 'EADDRINUSE' })
})
