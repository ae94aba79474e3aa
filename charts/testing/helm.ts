import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { NewObject } from '../../crds/kubernetes.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'

export type Manifest = NewObject & Record<string, unknown>

export const chartFolder = new URL('../kumulus', import.meta.url).pathname
export const valuesFolder = new URL('../values', import.meta.url).pathname
export const releaseNamespace = 'kumulus-system'

const execute = promisify(execFile)
const home = new URL('../../.cache/helm', import.meta.url).pathname

/** Runs helm and returns what it printed. Throws an Error with what it said where it fails. */
export const helm = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { helm: program } = await installKubectl()
  // Nothing of whoever runs the tests: no kubeconfig, no plugins, no repositories.
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: `${home}/kubeconfig`, ...environment }
  try {
    return (await execute(program, args, { env, maxBuffer: 64 * 2 ** 20 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`helm ${args.join(' ')}: ${stderr ?? ''}${stdout ?? ''}`, { cause: error })
  }
}

/** What the chart renders, given flags of `helm template` such as `--values FILE` and `--set NAME=VALUE`. */
export const rendered = async (...flags: readonly string[]): Promise<Manifest[]> => {
  const text = await helm(['template', 'kumulus', chartFolder, '--namespace', releaseNamespace, '--kube-version', '1.36.0', ...flags])
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null)
}

/** The one object of a kind and name. */
export const only = (manifests: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name)
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${kind} ${name}`)
  return found[0]
}
