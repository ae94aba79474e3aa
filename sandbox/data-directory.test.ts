import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { keptToken, takeDataDirectory, takeLock } from './data-directory.ts'

const temporary = async (t: ExecutionContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'data-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  return directory
}
const exists = (path: string) => access(path).then(() => true, () => false)

test('a directory nobody named vanishes at the end, a named one stays with what is in it', async (t) => {
  const passing = await takeDataDirectory(undefined)
  await writeFile(passing.file('x'), '')
  await passing.release()
  t.false(await exists(passing.path))
  const kept = await takeDataDirectory(join(await temporary(t), 'new'))
  await writeFile(kept.file('x'), '')
  await kept.release()
  t.true(await exists(kept.file('x')))
  t.false(await exists(kept.file('sandbox.pid')))
  t.is((await stat(kept.path)).mode & 0o777, 0o700)
})

test('what a crashed sandbox left (its lock, whoever has its process id now, and its news of being ready) stops nobody', async (t) => {
  const path = await temporary(t)
  await writeFile(join(path, 'sandbox.pid'), '1')
  await writeFile(join(path, 'ready.json'), '{}')
  const data = await takeDataDirectory(path)
  t.is(await readFile(data.file('sandbox.pid'), 'utf8'), String(process.pid))
  t.false(await exists(data.file('ready.json')))
})

test('a directory that a living sandbox has is refused with its process id', async (t) => {
  const path = await temporary(t)
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()', 'sandbox/main.ts'], { stdio: ['pipe', 'ignore', 'ignore'] })
  await once(other, 'spawn')
  t.teardown(() => other.kill())
  await writeFile(join(path, 'sandbox.pid'), String(other.pid))
  await t.throwsAsync(takeDataDirectory(path), { message: `${path} is in use by the sandbox with process id ${other.pid}` })
})

test('a damaged lock is taken over', async (t) => {
  const lock = join(await temporary(t), 'lock')
  await writeFile(lock, '')
  t.is(await takeLock(lock, 'anything'), undefined)
})

test('the token is made once, stays, and is for its owner only', async (t) => {
  const path = join(await temporary(t), 'token')
  const token = await keptToken(path)
  t.true(token.length >= 43)
  t.is(await keptToken(path), token)
  t.is((await stat(path)).mode & 0o777, 0o600)
})
