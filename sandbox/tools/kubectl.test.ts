import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { installKubectl } from './kubectl.ts'

test('kubectl and Helm run after an installation, also when several install at once, and a second one changes nothing', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubectl-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const [tools] = await Promise.all([installKubectl(directory), installKubectl(directory)])
  const { stdout } = await promisify(execFile)(tools.kubectl, ['version', '--client'])
  t.regex(stdout, /Client Version: v1\.\d+/)
  const before = await stat(tools.kubectl)
  await installKubectl(directory)
  t.is((await stat(tools.kubectl)).ino, before.ino)
})
