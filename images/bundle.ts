import { isBuiltin } from 'node:module'
import { build } from 'esbuild'
import type { Metafile, OutputFile, Plugin } from 'esbuild'
import { programs } from './programs.ts'

export type Bundles = {
  /** Paths are relative to the folder that the image has at `/kumulus`. */
  files: { path: string; contents: Uint8Array }[]
  metafile: Metafile
}

const root = new URL('..', import.meta.url).pathname

/** What `ws` tries to load and does without. */
const optional = new Set(['bufferutil', 'utf-8-validate'])

/**
 * A package that no pod ever loads, and that is four times as large as all the rest: a file of its own, loaded on demand. esbuild's own splitting
 * is not for us: a CommonJS package that is imported on demand has no named exports then, which it has in Node.
 */
const onDemand = { name: '@kubernetes/client-node', file: 'kubernetes-client-node' }

/**
 * Bundles the programs, each with everything that it imports from npm, into plain JavaScript that Node runs with nothing beside it.
 * @throws Error when something would have to be found at run time that is neither in the bundles nor in Node.
 */
export const bundle = async (): Promise<Bundles> => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...programs, [onDemand.file]: onDemand.name },
    // Nothing is written: paths are taken relative to it, so where it is doesn't matter.
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    legalComments: 'none',
    // CommonJS packages ask for Node's modules by `require`, which ES modules don't have.
    banner: { js: "import { createRequire as requireIn } from 'node:module'; const require = requireIn(import.meta.url);" },
    logLevel: 'error',
    plugins: [leftOut],
  })
  refuseMissing(metafile)
  const files = outputFiles.map(({ path, contents }: OutputFile) => ({ path: path.slice(`${root}dist/`.length), contents }))
  // Says what the files are, so that Node needn't guess.
  files.push({ path: 'package.json', contents: Buffer.from('{ "type": "module" }\n') })
  return { files, metafile }
}

/** The output that a bundle means by a path beside it. */
export const outputOf = (path: string): string => `dist/${path.slice('./'.length)}`

const leftOut: Plugin = {
  name: 'on demand',
  setup: ({ onResolve }) => onResolve({ filter: new RegExp(`^${onDemand.name}$`) }, ({ kind }) =>
    kind === 'dynamic-import' ? { path: `./${onDemand.file}.js`, external: true } : undefined),
}

const refuseMissing = ({ outputs }: Metafile): void => {
  const external = Object.values(outputs).flatMap(({ imports }) => imports.filter((each) => each.external === true).map(({ path }) => path))
  const missing = external.filter((path) => !isBuiltin(path) && !optional.has(path) && outputs[outputOf(path)] === undefined)
  if (missing.length > 0) throw new Error(`the bundles would look for these at run time and not find them: ${[...new Set(missing)].join(', ')}`)
}
