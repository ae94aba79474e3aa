import { spawn } from 'node:child_process'
import { stringify } from 'yaml'

/** An argument of kubectl, or a manifest, which becomes `-f -` with the manifest on standard input. */
export type Argument = string | Record<string, unknown>

export type Result = { code: number; stdout: string; stderr: string }

/** A kubectl that keeps running: `get -w`, `logs -f`. */
export type Follower = {
  output: () => string
  /** Resolves when the output matches; rejects when kubectl ends first or after 30 s. */
  until: (pattern: RegExp) => Promise<void>
  stop: () => void
}

export type Kubectl = {
  /** Runs kubectl and answers its standard output. Throws, with what it said, when it fails. */
  run: (arguments_: Argument[], env?: Record<string, string>) => Promise<string>
  /** Runs kubectl that must fail, and answers all that it said. */
  fails: (arguments_: Argument[]) => Promise<string>
  follow: (arguments_: string[]) => Follower
}

/** kubectl as a user runs it: the real program, on a kubeconfig file. */
export const kubectlOn = (binary: string, kubeconfig: string): Kubectl => {
  const environment = (env: Record<string, string> = {}) => ({ ...process.env, KUBECONFIG: kubeconfig, ...env })

  const execute = (arguments_: Argument[], env?: Record<string, string>): Promise<Result> => {
    const manifests = arguments_.filter((argument) => typeof argument !== 'string')
    const args = [...arguments_.filter((argument) => typeof argument === 'string'), ...(manifests.length > 0 ? ['-f', '-'] : [])]
    return finished(spawn(binary, args, { env: environment(env) }), manifests.map((manifest) => stringify(manifest)).join('---\n'))
  }

  return {
    run: async (arguments_, env) => {
      const { code, stdout, stderr } = await execute(arguments_, env)
      if (code !== 0) throw new Error(`kubectl ${shown(arguments_)} failed (${code}): ${stderr}${stdout}`)
      return stdout
    },
    fails: async (arguments_) => {
      const { code, stdout, stderr } = await execute(arguments_)
      if (code === 0) throw new Error(`kubectl ${shown(arguments_)} was expected to fail but said: ${stdout}`)
      return stdout + stderr
    },
    follow: (args) => following(spawn(binary, args, { env: environment() })),
  }
}

const shown = (arguments_: Argument[]): string =>
  arguments_.map((argument) => (typeof argument === 'string' ? argument : JSON.stringify(argument).slice(0, 200))).join(' ')

const finished = (child: ReturnType<typeof spawn>, input: string): Promise<Result> =>
  new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
    child.stdin?.end(input)
  })

const following = (child: ReturnType<typeof spawn>): Follower => {
  let output = ''
  const listeners = new Set<() => void>()
  const notify = () => listeners.forEach((listener) => listener())
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      notify()
    })
  }
  child.on('close', notify)
  return {
    output: () => output,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(() => reject(new Error(`nothing matched ${pattern} in:\n${output}`))), 30_000)
        const settle = (answer: () => void) => {
          clearTimeout(timer)
          listeners.delete(look)
          answer()
        }
        const look = () => {
          if (pattern.test(output)) settle(resolve)
          else if (child.exitCode !== null) settle(() => reject(new Error(`kubectl ended before ${pattern}:\n${output}`)))
        }
        listeners.add(look)
        look()
      }),
    stop: () => child.kill(),
  }
}
