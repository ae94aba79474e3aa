import { chmod, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.ts'
import { noticesOf } from './licenses.ts'
import { filesOf, packagesIn } from './packages.ts'
import { programNames } from './programs.ts'
import { sbomOf } from './sbom.ts'

type File = { path: string; contents: Uint8Array }

const root = new URL('..', import.meta.url).pathname

/**
 * Makes the folder that the image has at `/kumulus`: the bundles, for each program a list of its parts (`sbom/<program>.cdx.json`), and the
 * licenses. From the same sources it is the same in every byte, mode and time.
 * @param folder - is emptied first.
 * @param sourceDate - `SOURCE_DATE_EPOCH` (https://reproducible-builds.org/specs/source-date-epoch/): the time of every file; 1970 without it.
 */
export const writeTree = async (folder: string, sourceDate?: number): Promise<void> => {
  const files = await treeOf(sourceDate)
  await rm(folder, { recursive: true, force: true })
  const folders = new Set([folder])
  for (const { path, contents } of files) {
    const file = join(folder, path)
    folders.add(dirname(file))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, contents)
    await chmod(file, 0o644)
    await utimes(file, sourceDate ?? 0, sourceDate ?? 0)
  }
  for (const each of folders) {
    await chmod(each, 0o755)
    await utimes(each, sourceDate ?? 0, sourceDate ?? 0)
  }
}

const treeOf = async (sourceDate: number | undefined): Promise<File[]> => {
  const { files, metafile } = await bundle()
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const sboms = programNames.map((program) => {
    const outputs = filesOf(program, metafile)
    const held = files.filter(({ path }) => outputs.includes(`dist/${path}`))
    const sbom = sbomOf({ program, version, files: held, packages: packagesIn(outputs, metafile), sourceDate })
    return { path: `sbom/${program}.cdx.json`, contents: Buffer.from(`${JSON.stringify(sbom, undefined, 2)}\n`) }
  })
  const notices = noticesOf(packagesIn(Object.keys(metafile.outputs), metafile))
  return [
    ...files, ...sboms,
    { path: 'LICENSE', contents: await readFile(join(root, 'LICENSE')) },
    { path: 'THIRD-PARTY-NOTICES.txt', contents: Buffer.from(notices) },
  ]
}
