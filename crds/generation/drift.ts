import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = dirname(dirname(import.meta.dirname))

/** Files as they would be generated: path from the root of the repository → content. */
export type GeneratedFiles = ReadonlyMap<string, string>

/**
 * One block of lines for each file that is not as it would be generated; empty when all are.
 * @param folders - paths from the root in which nothing may be but generated files.
 */
export const differences = (files: GeneratedFiles, folders: readonly string[]): string[] => [
  ...[...files].flatMap(([path, content]) => {
    const found = readIfAny(join(root, path))
    return found === content ? [] : [found === undefined ? `${path}: missing` : firstDifference(path, found, content)]
  }),
  ...strays(files, folders).map(path => `${path}: belongs to nothing, remove it`),
]

/** Writes the files, and removes from `folders` what is none of them. */
export const write = (files: GeneratedFiles, folders: readonly string[]): void => {
  for (const path of strays(files, folders)) rmSync(join(root, path))
  for (const [path, content] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** What a generator does when it is started: writes or, with `--check`, writes nothing and fails when a file differs. */
export const generate = (files: GeneratedFiles, folders: readonly string[]): void => {
  if (!process.argv.includes('--check')) return write(files, folders)
  const found = differences(files, folders)
  if (found.length === 0) return
  console.error(`Generated files are not up to date: run make generate.\n\n${found.join('\n\n')}`)
  process.exitCode = 1
}

const firstDifference = (path: string, found: string, wanted: string): string => {
  const [have, want] = [found.split('\n'), wanted.split('\n')]
  const line = want.findIndex((text, index) => text !== have[index])
  const at = line === -1 ? want.length : line
  return `${path}:${at + 1}\n- ${have[at] ?? '(end of file)'}\n+ ${want[at] ?? '(end of file)'}`
}

const strays = (files: GeneratedFiles, folders: readonly string[]): string[] =>
  folders.flatMap(folder => namesIn(join(root, folder)).map(name => relative(root, join(root, folder, name)))).filter(path => !files.has(path))

const namesIn = (folder: string): string[] => {
  mkdirSync(folder, { recursive: true })
  return readdirSync(folder)
}

const readIfAny = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
