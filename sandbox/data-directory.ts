import { randomBytes } from 'node:crypto'
import { link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type DataDirectory = {
  path: string
  /** A file or folder in it. */
  file: (name: string) => string
  /** Lets the next sandbox have it; a temporary one is deleted. */
  release: () => Promise<void>
}

/** Takes a directory for this process alone. @throws Error when another sandbox has it. */
export const takeDataDirectory = async (path: string | undefined): Promise<DataDirectory> => {
  const directory = path ?? (await mkdtemp(join(tmpdir(), 'kumulus-sandbox-')))
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const lock = join(directory, 'sandbox.pid')
  const holder = await takeLock(lock, 'sandbox/main.ts')
  if (holder !== undefined) throw new Error(`${directory} is in use by the sandbox with process id ${holder}`)
  // Left over from a crash: nobody may take it for this run's.
  await rm(join(directory, 'ready.json'), { force: true })
  return {
    path: directory,
    file: (name) => join(directory, name),
    release: async () => {
      if (path === undefined) return rm(directory, { recursive: true, force: true, maxRetries: 3 })
      await rm(join(directory, 'ready.json'), { force: true })
      await rm(lock, { force: true })
    },
  }
}

/**
 * Writes our process id into the file `lock`, which `program` (a part of its command line) alone may have. Deleting it lets go.
 * Answers the process that has it already, undefined when it is ours now. What a crash left behind counts for nothing.
 */
export const takeLock = async (lock: string, program: string): Promise<number | undefined> => {
  for (const last of [false, true]) {
    try {
      // A link of a whole file: nobody ever reads a lock without a process id and takes it for a damaged one.
      await writeFile(`${lock}.${process.pid}`, String(process.pid), { mode: 0o600 })
      await link(`${lock}.${process.pid}`, lock).finally(() => rm(`${lock}.${process.pid}`, { force: true }))
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const pid = Number(await readFile(lock, 'utf8').catch(() => ''))
      if (last || (await runs(program, pid))) return pid
      await rm(lock, { force: true })
    }
  }
  return undefined
}

/** A process id alone proves nothing: it is used again. */
const runs = async (program: string, pid: number) =>
  pid > 0 && pid !== process.pid && (await readFile(`/proc/${pid}/cmdline`, 'utf8').then((command) => command.includes(program), () => false))

/** A secret that is made once and then stays, readable by the owner only. */
export const keptToken = async (path: string): Promise<string> => {
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known !== '') return known
  const token = randomBytes(32).toString('base64url')
  await writeWhole(path, token)
  return token
}

/** Writes a file that a reader finds whole or not at all. */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
