import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Why a lab can't be had on this machine, or undefined when it can: its programs are there, and so is the right to make namespaces. Installs
 * nothing; `sandbox/tools/debian.sh network` does.
 */
export const labProblem = (): string | undefined => {
  const packages = spawnSync(fileURLToPath(new URL('../../tools/debian.sh', import.meta.url)), ['--check', 'network'], { encoding: 'utf8' })
  if (packages.status !== 0) return packages.stderr.trim() || String(packages.error?.message)
  const tun = usable('/dev/net/tun')
  if (tun !== undefined) return `Open vSwitch makes its own devices by /dev/net/tun: ${tun}`
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const namespaces = spawnSync('unshare', [...asRoot, '-n', '-m', '-p', '--fork', '--mount-proc', 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], { encoding: 'utf8' })
  return namespaces.status === 0 ? undefined : `no namespaces of our own: ${namespaces.stderr?.trim() || String(namespaces.error?.message)}`
}

const usable = (device: string): string | undefined => {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
