import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { outputOf } from './bundle.ts'
import type { ProgramName } from './programs.ts'

/** A package of npm, of which a bundle holds at least one byte. */
export type BundledPackage = {
  /** Where it lies below the repository's root, for example `node_modules/pino`. */
  path: string
  name: string
  version: string
  /** An SPDX expression. */
  license: string
  /** Subresource integrity of the package's archive, as the lock file has it. */
  integrity: string
  /** Package URL, as in https://github.com/package-url/purl-spec. */
  purl: string
  /** Paths of the packages of the same bundle that it imports. */
  imports: string[]
}

type Lock = { packages: Record<string, { version: string; license?: string; integrity?: string } | undefined> }

const root = new URL('..', import.meta.url).pathname

/** The output files that a program may ever load, its own first. */
export const filesOf = (program: ProgramName, { outputs }: Metafile): string[] => {
  const found = new Set([`dist/${program}.js`])
  for (const file of found) {
    for (const { path } of outputs[file]?.imports ?? []) if (outputs[outputOf(path)] !== undefined) found.add(outputOf(path))
  }
  return [...found]
}

/** The packages in these output files, by path. @throws Error where the lock file doesn't say what a package is. */
export const packagesIn = (files: readonly string[], metafile: Metafile): BundledPackage[] => {
  const sources = files.flatMap((file) => Object.entries(metafile.outputs[file]?.inputs ?? {}))
  const held = new Set(sources.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([source]) => source))
  const byPath = Map.groupBy([...held], packageOf)
  byPath.delete(undefined)
  const importsOf = (path: string) => {
    const targets = (byPath.get(path) ?? []).flatMap((source) => metafile.inputs[source]?.imports.map((each) => packageOf(each.path)) ?? [])
    return [...new Set(targets)].filter((target) => target !== undefined && target !== path && byPath.has(target)) as string[]
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const paths = [...byPath.keys()].filter((path) => path !== undefined)
  return paths.sort().map((path) => ({ ...locked(path, packages), imports: importsOf(path).sort() }))
}

/** The folder of the package that a source file is part of; none for our own. */
const packageOf = (source: string): string | undefined => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0]

const locked = (path: string, packages: Lock['packages']): Omit<BundledPackage, 'imports'> => {
  const { version, license, integrity } = packages[path] ?? {}
  if (version === undefined || license === undefined || integrity === undefined) {
    throw new Error(`package-lock.json says no version, license or integrity of ${path}, which is bundled`)
  }
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return { path, name, version, license, integrity, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` }
}
