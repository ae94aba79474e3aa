import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { qemuInstalled } from '../hypervisor/qemu.ts'
import { createFileDisks } from './files.ts'

const run = promisify(execFile)
const withQemu = qemuInstalled() ? test : test.skip
if (!qemuInstalled()) console.log('Tests of qcow2 disks are skipped: qemu-img is not installed (sandbox/tools/debian.sh installs it).')

const MiB = 1024 * 1024
const setup = async (t: ExecutionContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'disks-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const layers = async () => (await readdir(join(directory, 'layers'))).length
  return { directory, disks: await createFileDisks(directory), layers }
}
const serve = async (t: ExecutionContext, listener: RequestListener) => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const never = new AbortController().signal
/** Writes one byte over and over at the start of a disk, as a guest would. */
const write = (path: string | undefined, byte: number) => run('qemu-io', ['-f', 'qcow2', '-c', `write -q -P ${byte} 0 64k`, path ?? ''])
const holds = (path: string | undefined, byte: number) =>
  run('qemu-io', ['-f', 'qcow2', '-r', '-c', `read -q -P ${byte} 0 64k`, path ?? '']).then(({ stdout }) => !stdout.includes('verification failed'))
const rawDisk = () => {
  const disk = Buffer.alloc(MiB, 7)
  disk.writeUInt16LE(0xaa55, 510)
  return disk
}

withQemu('a copy has all its bytes itself, whatever becomes of its source meanwhile, and one that is broken off leaves nothing', async (t) => {
  const { disks, layers } = await setup(t)
  await disks.createBlank('a', 4 * MiB)
  await write(disks.pathOf('a'), 1)
  await disks.snapshot('s', 'a')
  await t.throwsAsync(disks.copy('broken', 's', 4 * MiB, () => {}, AbortSignal.abort(new Error('the DataVolume was deleted'))), { message: /deleted|aborted/ })
  await disks.remove('broken')
  const told: number[] = []
  const copying = disks.copy('b', 's', 8 * MiB, (percent) => told.push(percent), never)
  await Promise.all([copying, disks.remove('s'), disks.remove('a')])
  t.true(await holds(disks.pathOf('b'), 1))
  t.true(told.every((percent) => percent >= 0 && percent < 100))
  t.is(await layers(), 1)
  await t.throwsAsync(disks.copy('c', 'b', 4 * MiB, () => {}, never), { message: /at least 8388608 bytes/ })
})

withQemu('a clone and a snapshot keep their bytes while their source goes on, and when it is removed', async (t) => {
  const { disks, layers } = await setup(t)
  await disks.createBlank('a', 4 * MiB)
  await write(disks.pathOf('a'), 1)
  await disks.snapshot('s', 'a')
  await disks.clone('b', 'a', 8 * MiB)
  await write(disks.pathOf('a'), 2)
  await disks.clone('c', 's', 4 * MiB)
  t.deepEqual(await Promise.all(['a', 's', 'b', 'c'].map((id, index) => holds(disks.pathOf(id), index === 0 ? 2 : 1))), [true, true, true, true])
  await disks.remove('a')
  await disks.remove('s')
  t.true(await holds(disks.pathOf('b'), 1))
  t.true(await holds(disks.pathOf('c'), 1))
  await disks.remove('b')
  await disks.remove('c')
  await disks.remove('c')
  t.is(await layers(), 0)
})

withQemu('disks survive a restart, and what a crash left half made is swept away', async (t) => {
  const { directory, disks, layers } = await setup(t)
  await disks.createBlank('a', 4 * MiB)
  await write(disks.pathOf('a'), 5)
  await writeFile(join(directory, 'layers/orphan.qcow2'), 'half')
  await writeFile(join(directory, 'disks/.b.json'), '{"lay')
  const again = await createFileDisks(directory)
  t.is(again.pathOf('a'), disks.pathOf('a'))
  t.is(again.pathOf('b'), undefined)
  t.is(await layers(), 1)
})

withQemu('a disk grows and never shrinks', async (t) => {
  const { disks } = await setup(t)
  await disks.createBlank('a', 4 * MiB)
  await disks.resize('a', 8 * MiB)
  await disks.resize('a', 2 * MiB)
  const { stdout } = await run('qemu-img', ['info', '--output=json', disks.pathOf('a') ?? ''])
  t.is((JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'], 8 * MiB)
  await t.throwsAsync(disks.clone('b', 'a', 4 * MiB), { message: /needs at least 8388608 bytes/ })
})

withQemu('an image is imported through redirects, unpacked, checked and grown to its disk', async (t) => {
  const { disks, layers } = await setup(t)
  const packed = gzipSync(rawDisk())
  const url = await serve(t, (request, response) => {
    if (request.url === '/latest') response.writeHead(302, { location: '/image.raw.gz' }).end()
    else response.writeHead(200, { 'content-length': packed.length }).end(packed)
  })
  const progress: number[] = []
  const checksum = `sha256:${createHash('sha256').update(packed).digest('hex')}`
  await disks.importImage('a', { url: `${url}/latest`, checksum }, 16 * MiB, (percent) => progress.push(percent), never)
  t.is(progress.at(-1), 100)
  t.is(await layers(), 1)
  const copy = join(await mkdtemp(join(tmpdir(), 'copy-')), 'a.raw')
  await run('qemu-img', ['convert', '-O', 'raw', disks.pathOf('a') ?? '', copy])
  const bytes = await readFile(copy)
  t.is(bytes.length, 16 * MiB)
  t.true(bytes.subarray(0, MiB).equals(rawDisk()))
})

withQemu('what is no usable image is refused with a reason, and nothing of it stays', async (t) => {
  const { directory, disks, layers } = await setup(t)
  const foreign = join(directory, 'foreign.qcow2')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-u', '-b', '/etc/shadow', foreign, '1M'])
  const bodies: Record<string, Buffer> = { '/page': Buffer.from('<html>'), '/raw': rawDisk(), '/foreign': await readFile(foreign), '/xz': Buffer.from('fd377a585a0000', 'hex') }
  const url = await serve(t, (request, response) => {
    const body = bodies[request.url ?? '']
    if (request.url === '/short') response.writeHead(200, { 'content-length': 5000 }).write('short', () => response.destroy())
    else if (body) response.writeHead(200).end(body)
    else response.writeHead(404).end()
  })
  const refused = (path: string, message: RegExp, checksum?: string, size = 16 * MiB) =>
    t.throwsAsync(disks.importImage('a', { url: url + path, ...(checksum && { checksum }) }, size, () => {}, never), { message })
  await refused('/missing', /answered 404 Not Found/)
  await refused('/page', /not a disk image .* an HTML or XML page/)
  await refused('/xz', /xz-compressed data is damaged/)
  await refused('/foreign', /names another file/)
  await refused('/raw', /checksum mismatch: expected sha256:0+, calculated sha256:/, `sha256:${'0'.repeat(64)}`)
  await refused('/raw', /not of the form sha256/, 'sha256:12')
  await refused('/raw', /larger than the disk of 512 bytes/, undefined, 512)
  await refused('/short', /failed/)
  t.is(disks.pathOf('a'), undefined)
  t.is(await layers(), 0)
})

withQemu('an import that is given up leaves nothing', async (t) => {
  const { disks, layers } = await setup(t)
  const url = await serve(t, (_, response) => void response.writeHead(200).write('x'))
  const giveUp = new AbortController()
  const importing = disks.importImage('a', { url }, MiB, () => {}, giveUp.signal)
  giveUp.abort(new Error('given up'))
  await t.throwsAsync(importing, { message: 'given up' })
  t.is(await layers(), 0)
})

withQemu('an id that could lead out of the directory is refused', async (t) => {
  const { disks } = await setup(t)
  await t.throwsAsync(disks.createBlank('../a', MiB), { message: /can't be a disk's id/ })
})
