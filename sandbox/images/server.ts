import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ImageServer = { url: string; port: number; close: () => Promise<void> }

/**
 * Serves the guest image over http on loopback, as a web server in front of cloud images would: `/guest.qcow2` with HEAD, single
 * ranges and an ETag, and `/guest.qcow2.sha256`. `port` 0 takes a free one; rejects with EADDRINUSE when it is taken.
 */
export const startImageServer = async (disk: string, port: number): Promise<ImageServer> => {
  const server = createServer((request, response) => {
    answer(disk, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const taken = (server.address() as AddressInfo).port
  return { url: `http://127.0.0.1:${taken}/guest.qcow2`, port: taken, close: () => close(server) }
}

const answer = async (disk: string, request: IncomingMessage, response: ServerResponse) => {
  const path = (request.url ?? '').split('?')[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end()
  if (path === '/guest.qcow2.sha256') return void response.writeHead(200, { 'content-type': 'text/plain' }).end((await readFile(`${disk}.sha256`, 'utf8')).replace('disk.qcow2', 'guest.qcow2'))
  if (path !== '/guest.qcow2') return void response.writeHead(404).end()
  const { size, mtimeMs } = await stat(disk)
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', etag: `"${size}-${Math.floor(mtimeMs)}"` }
  const range = parseRange(request.headers.range, size)
  if (range === 'unsatisfiable') return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
  const { start, end } = range ?? { start: 0, end: size - 1 }
  response.writeHead(range ? 206 : 200, {
    ...headers, 'content-length': end - start + 1, ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD') return void response.end()
  createReadStream(disk, { start, end }).on('error', () => response.destroy()).pipe(response)
}

/** A single `bytes=` range; anything else is answered whole, as the standard allows. */
const parseRange = (header: string | undefined, size: number): { start: number; end: number } | 'unsatisfiable' | undefined => {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start > end ? 'unsatisfiable' : { start, end }
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
