import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The shell commands of the handbook that have a name, by it: `<!-- recipe: name -->` stands before each. */
export const readRecipes = async (file = 'docs/operations.md'): Promise<ReadonlyMap<string, string>> => {
  const text = await readFile(file, 'utf8')
  const found = [...text.matchAll(/<!-- recipe: ([a-z-]+) -->\n```sh\n([\s\S]*?)```/g)]
  return new Map(found.map(([, name = '', commands = '']) => [name, commands]))
}

type Environment = { KUBECONFIG: string; kubectl: string } & Record<string, string>

/** Runs just what the handbook says, as whoever reads it would: in a shell, with kubectl in the path. Throws where a command fails. */
export const runRecipe = async (recipes: ReadonlyMap<string, string>, name: string, environment: Environment): Promise<string> => {
  const commands = recipes.get(name)
  if (commands === undefined) throw new Error(`the handbook has no recipe ${name}`)
  const { kubectl, ...given } = environment
  // kubectl keeps what it has discovered at home: at that of this cluster, not of whoever runs the tests.
  const env = { ...given, HOME: dirname(given.KUBECONFIG), PATH: `${dirname(kubectl)}:${process.env['PATH'] ?? ''}` }
  try {
    return (await execute('bash', ['-eu', '-c', commands], { env, maxBuffer: 64 * 2 ** 20 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`recipe ${name}: ${stderr ?? ''}${stdout ?? ''}`, { cause: error })
  }
}
