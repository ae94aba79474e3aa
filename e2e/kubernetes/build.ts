/** `make control-plane`: builds e2e/controlplane once for a version of it, outside the tree. Prints where it is. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../operator/runtime/clock.ts'
import { takeLock } from '../../sandbox/data-directory.ts'
import { findGo } from './go.ts'

const source = fileURLToPath(new URL('../controlplane', import.meta.url))

/**
 * The control plane's program, built where this version of it was not yet. Takes six minutes on two cores then; whoever comes meanwhile waits.
 * @throws Error that says what is missing, or the compiler's own words.
 */
export const buildControlPlane = async (say: (line: string) => void): Promise<string> => {
  const directory = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kumulus/controlplane', await versionOf(source))
  const program = join(directory, 'controlplane')
  if (existsSync(program)) return program
  await mkdir(directory, { recursive: true })
  const lock = join(directory, 'build.pid')
  for (let told = false; ; told = true) {
    const builder = await takeLock(lock, 'node')
    if (builder === undefined) break
    if (!told) say(`The control plane is being built already (process id ${builder}): waiting for it.`)
    await systemClock.sleep(1000)
  }
  try {
    if (!existsSync(program)) await build(program, say)
    return program
  } finally {
    await rm(lock, { force: true })
  }
}

/** Of everything that the program is made of. */
const versionOf = async (folder: string): Promise<string> => {
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).sort()) hash.update(`${file}\0`).update(await readFile(join(folder, file)))
  return hash.digest('hex').slice(0, 16)
}

const build = async (program: string, say: (line: string) => void): Promise<void> => {
  const go = await findGo(say)
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(await readFile(join(source, 'go.mod'), 'utf8'))
  const [, gitVersion = '', major = '', minor = ''] = version ?? []
  say(`Building etcd and Kubernetes ${gitVersion} into one program (about 6 minutes on 2 cores, once)…`)
  const ours = 'k8s.io/component-base/version'
  const flags = ['-s', '-w', '-X', `${ours}.gitVersion=${gitVersion}`, '-X', `${ours}.gitMajor=${major}`, '-X', `${ours}.gitMinor=${minor}`]
  const temporary = `${program}.${process.pid}`
  const began = systemClock.now()
  const elapsed = () => `${Math.round((systemClock.now() - began) / 1000)} s`
  let packages = 0
  const progress = setInterval(() => say(`  ${packages} packages compiled in ${elapsed()}`), 30_000)
  try {
    // Nobody debugs it: a fifth of the compiler's time goes into what only debuggers read.
    await compile(go, ['build', '-v', '-buildvcs=false', '-gcflags=all=-dwarf=false', '-ldflags', flags.join(' '), '-o', temporary, '.'], () => (packages += 1))
  } finally {
    clearInterval(progress)
  }
  await rename(temporary, program)
  say(`Built in ${elapsed()}: ${program}`)
}

/** @param onPackage - told of each package as it is compiled; what is in Go's own cache is not. */
const compile = async (go: { command: string; env: Record<string, string> }, args: string[], onPackage: () => void): Promise<void> => {
  const child = spawn(go.command, args, { cwd: source, env: { ...process.env, ...go.env }, stdio: ['ignore', 'ignore', 'pipe'] })
  const words: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((each) => each !== '')) {
      if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) onPackage()
      else words.push(line)
    }
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`go ${args.join(' ')} in ${source} failed:\n${words.slice(-20).join('\n')}`)
}

if (import.meta.main) {
  try {
    console.log(await buildControlPlane((line) => console.error(line)))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
