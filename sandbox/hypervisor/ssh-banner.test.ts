import { createServer, type AddressInfo, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { sshAnswers } from './ssh-banner.ts'

const listen = async (t: ExecutionContext, onConnection: (socket: Socket, count: number) => void) => {
  let count = 0
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    onConnection(socket, (count += 1))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, connections: () => count }
}

test('a port that only accepts or closes is no SSH server; one that says SSH- is', async (t) => {
  const endpoint = await listen(t, (socket, count) => {
    if (count === 1) socket.destroy()
    else if (count === 2) socket.write('220 mail\r\n')
    else socket.write('SSH-2.0-dropbear\r\n')
  })
  await sshAnswers(endpoint, systemClock, AbortSignal.timeout(60_000))
  t.is(endpoint.connections(), 3)
})

test('waiting ends when the caller has waited enough', async (t) => {
  const endpoint = await listen(t, (socket) => socket.destroy())
  await t.throwsAsync(sshAnswers(endpoint, systemClock, AbortSignal.timeout(300)), { name: 'TimeoutError' })
})
