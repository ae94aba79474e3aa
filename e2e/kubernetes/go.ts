import { execFile } from 'node:child_process'
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Go that can build what go.mod asks for. */
export type Go = { command: string; env: Record<string, string> }

/** What go.mod names must not be newer. */
const toolchain = 'go1.26.8'

/**
 * Go as it is on this machine, else Debian's. From 1.21 on Go fetches the version that a go.mod asks for by itself; for an older one we do.
 * @throws Error that says how to get Go.
 */
export const findGo = async (say: (line: string) => void): Promise<Go> => {
  const found = await versionOf('go').catch(() => undefined)
  if (found === undefined) await installFromDebian(say)
  const version = found ?? await versionOf('go').catch(() => '0.0')
  const [, minor = '0'] = version.split('.')
  if (Number(minor) >= 21) return { command: 'go', env: { GOTOOLCHAIN: 'auto' } }
  say(`Go ${version} is too old to build Kubernetes: fetching ${toolchain} from the module proxy`)
  return { command: await fetchToolchain(), env: { GOTOOLCHAIN: 'local' } }
}

const versionOf = async (command: string): Promise<string> => {
  const { stdout } = await run(command, ['version'])
  return /go version go(\d+\.\d+)/.exec(stdout)?.[1] ?? '0.0'
}

const howElse = 'Install Go 1.21 or newer (https://go.dev/doc/install), or set KUBEBUILDER_ASSETS or KUBECONFIG and E2E_EXISTING=1'

const installFromDebian = async (say: (line: string) => void): Promise<void> => {
  say('There is no Go on this machine: installing the Debian package golang-go (it builds the control plane)')
  const root = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const apt = async (...args: string[]) => {
    const [command = '', ...rest] = [...root, 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...args]
    await run(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  }
  const install = () => apt('install', '--no-install-recommends', 'golang-go')
  await install().catch(async () => {
    await apt('update')
    await install()
  }).catch((error: Error) => {
    throw new Error(`Go could not be installed from Debian: ${error.message.trim()}\n${howElse}.`)
  })
}

/** Go's own modules hold its toolchains; an older Go unpacks them as any module, without the right to run them. */
const fetchToolchain = async (): Promise<string> => {
  const system = { x64: 'linux-amd64', arm64: 'linux-arm64' }[process.arch as string]
  if (process.platform !== 'linux' || system === undefined) throw new Error(`Go is too old, and there is no newer one for this machine.\n${howElse}.`)
  const { stdout } = await run('go', ['mod', 'download', '-json', `golang.org/toolchain@v0.0.1-${toolchain}.${system}`], {
    env: { ...process.env, GOFLAGS: '-modcacherw', GO111MODULE: 'on' },
  })
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string }
  for (const place of ['bin', `pkg/tool/${system.replace('-', '_')}`]) {
    for (const file of await readdir(join(folder, place))) await chmod(join(folder, place, file), 0o755)
  }
  return join(folder, 'bin/go')
}
