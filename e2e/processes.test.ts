import test, { type ExecutionContext } from 'ava'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram, type Program } from './processes.ts'

/** A program that notes each of its lives in a file, which is read by what comes back. */
const program = async (t: ExecutionContext, then: string): Promise<[Program, () => Promise<number>]> => {
  const folder = await mkdtemp(join(tmpdir(), 'kumulus-program-'))
  const lives = join(folder, 'lives')
  const count = async () => (await readFile(lives, 'utf8').catch(() => '')).split('\n').length - 1
  const started = await startProgram({
    name: 'program', binary: '/bin/sh', args: ['-c', `echo life >> ${lives}; ${then}`], logFile: join(folder, 'log'), supervised: true,
    ready: () => reach(1, count),
  })
  t.teardown(async () => {
    await started.kill()
    await rm(folder, { recursive: true })
  })
  return [started, count]
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const reach = async (least: number, count: () => Promise<number>): Promise<void> => {
  while (await count() < least) await wait(20)
}

test('a program that ends by itself is started again, until it is told to end', async (t) => {
  const [brief, lives] = await program(t, 'sleep 0.05')
  await reach(3, lives)
  await brief.kill()
  const before = await lives()
  await wait(500)
  t.is(await lives(), before)
})

test('a program that was told to end and started again at once runs once', async (t) => {
  const [long, lives] = await program(t, 'exec sleep 60')
  await long.kill()
  await long.start()
  await reach(2, lives)
  await wait(500)
  t.is(await lives(), 2)
})
