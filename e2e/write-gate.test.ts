import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse, stringify } from 'yaml'
import { startWriteGate, type WriteGate } from './write-gate.ts'

type Kubeconfig = { clusters: { cluster: { server: string } }[] }

/** A server that remembers what reached it, behind a gate. */
const behindAGate = async (t: ExecutionContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'write-gate-'))
  const reached: string[] = []
  const server = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => response.end('done'))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(kubeconfig, stringify({ clusters: [{ cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }] }))
  const deaths: (() => void)[] = []
  const gate: WriteGate = await startWriteGate(kubeconfig, () => deaths.shift()?.())
  const { clusters } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  t.teardown(async () => {
    await gate.close()
    server.closeAllConnections()
    server.close()
    await rm(directory, { recursive: true, force: true })
  })
  const ask = async (method: string, path: string) => {
    const ended = new AbortController()
    // As when a process ends: its connections do.
    deaths.push(() => ended.abort())
    const answer = await fetch(`${clusters[0]?.cluster.server}${path}`, { method, signal: ended.signal, ...method === 'GET' ? {} : { body: '{}' } })
      .then((response) => response.text(), () => 'died')
    deaths.length = 0
    return answer
  }
  return { gate, reached, ask }
}

test('a program dies at the write that was named, which has or has not reached the server, and its reads, Events and Leases are no writes', async (t) => {
  const { gate, reached, ask } = await behindAGate(t)
  for (const when of ['before', 'after'] as const) {
    reached.length = 0
    gate.arm({ write: 2, when })
    for (const path of ['/a', '/events', '/leases/b']) t.is(await ask(path === '/a' ? 'GET' : 'POST', path), 'done')
    t.is(await ask('PUT', '/c?fieldManager=us'), 'done')
    t.is(await ask('PATCH', '/d?force=true'), 'died')
    t.is(reached.includes('PATCH /d?force=true'), when === 'after')
    gate.reopen()
    t.is(await ask('PATCH', '/d?force=true'), 'done', 'the next one goes on')
    t.deepEqual(gate.disarm(), ['PATCH /d'])
  }
})

test('of programs that die one after the other at each write, one gets past it in the end', async (t) => {
  const { gate, reached, ask } = await behindAGate(t)
  gate.arm({ write: 'each', when: 'before' })
  const answers: string[] = []
  for (let life = 0; life < 5; life += 1) {
    answers.push(await ask('PATCH', '/a'))
    gate.reopen()
  }
  t.deepEqual(answers, ['died', 'died', 'died', 'done', 'done'])
  t.is(reached.length, 2)
  gate.pause()
  t.is(await ask('PATCH', '/b'), 'done', 'nobody dies meanwhile')
  gate.resume()
  t.is(await ask('PATCH', '/b'), 'died')
  gate.reopen()
  t.deepEqual(gate.disarm(), ['PATCH /a', 'PATCH /a', 'PATCH /a', 'PATCH /b'])
})
