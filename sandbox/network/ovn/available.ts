import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Why a lab can't be had on this machine, or undefined when it can: its programs are there, and so is the right to make namespaces. Installs
 * nothing; `sandbox/tools/debian.sh network` does.
 */
export const labProblem = (): string | undefined => {
  const packages = spawnSync(fileURLToPath(new URL('../../tools/debian.sh', import.meta.url)), ['--check', 'network'], { encoding: 'utf8' })
  if (packages.status !== 0) return packages.stderr.trim() || String(packages.error?.message)
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const namespaces = spawnSync('unshare', [...asRoot, '-n', '-m', '-p', '--fork', '--mount-proc', 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], { encoding: 'utf8' })
  return namespaces.status === 0 ? undefined : `no namespaces of our own: ${namespaces.stderr?.trim() || String(namespaces.error?.message)}`
}
