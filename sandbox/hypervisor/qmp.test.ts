import { mkdtemp, open, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { connectQmp, QmpError, type QmpEvent } from './qmp.ts'

/** A QEMU that answers every command by `answer`. */
const fakeQemu = async (answer: (command: string, socket: Socket) => object | undefined, longName = '') => {
  const directory = await mkdtemp(join(tmpdir(), `qmp-${longName}`))
  const path = join(directory, 'qmp.sock')
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => {
    sockets.push(socket)
    socket.setEncoding('utf8')
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n')
    socket.on('data', (chunk: string) => {
      for (const line of chunk.split('\n').filter(Boolean)) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number }
        const found = execute === 'qmp_capabilities' ? { return: {} } : answer(execute, socket)
        if (found) socket.write(`${JSON.stringify({ ...found, id })}\r\n`)
      }
    })
  })
  // Bound by way of the open directory: the whole name may be longer than a socket's path can be.
  const handle = await open(directory)
  await new Promise<void>((resolve) => server.listen(`/proc/self/fd/${handle.fd}/qmp.sock`, resolve))
  await handle.close()
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true, force: true })
  }
  return { path, sockets, close }
}

test('commands get their own answers and events come in order, however the bytes are cut', async (t) => {
  const events: QmpEvent[] = []
  const qemu = await fakeQemu((command, socket) => {
    socket.write('{"event": "STOP", "da')
    socket.write('ta": {"n": 1}}\r\n{"event": "RESUME"}\r\n')
    return { return: { asked: command } }
  })
  const qmp = await connectQmp(qemu.path, (event) => events.push(event))
  const answers = await Promise.all([qmp.execute('query-a'), qmp.execute('query-b')])
  t.deepEqual(answers, [{ asked: 'query-a' }, { asked: 'query-b' }])
  t.deepEqual(events.slice(0, 2), [{ event: 'STOP', data: { n: 1 } }, { event: 'RESUME', data: {} }])
  qmp.close()
  await qemu.close()
})

test('a refusal names the command and says why', async (t) => {
  const qemu = await fakeQemu(() => ({ error: { class: 'GenericError', desc: 'no such device' } }))
  const qmp = await connectQmp(qemu.path, () => {})
  await t.throwsAsync(qmp.execute('device_del'), { instanceOf: QmpError, message: 'QEMU refused device_del: no such device' })
  qmp.close()
  await qemu.close()
})

test('a command without an answer fails when QEMU goes, and so does every later one', async (t) => {
  const qemu = await fakeQemu((_, socket) => void socket.destroy())
  const qmp = await connectQmp(qemu.path, () => {})
  await t.throwsAsync(qmp.execute('quit'), { message: 'QEMU ended the connection' })
  await qmp.closed
  await t.throwsAsync(qmp.execute('cont'), { message: /QEMU is gone/ })
  await qemu.close()
})

test('a socket deeper than a socket path may be long is reached', async (t) => {
  const qemu = await fakeQemu(() => ({ return: {} }), 'x'.repeat(150))
  const qmp = await connectQmp(qemu.path, () => {})
  t.deepEqual(await qmp.execute('query-status'), {})
  qmp.close()
  await qemu.close()
})

test('nobody listening is an error, not a wait', async (t) => {
  await t.throwsAsync(connectQmp(join(tmpdir(), 'no-such-qmp.sock'), () => {}), { code: 'ENOENT' })
})
