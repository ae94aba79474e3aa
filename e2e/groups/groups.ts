/**
 * Test files that `make test` runs in one process, one after the other. To start a process and load the same modules again costs most files more than
 * what they test; a simulated cloud is set up once a process too.
 */
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Patterns by the name of the file here that imports what they match. What an earlier group has is in no later one. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  resources: ['operator/resources/**/*.test.ts'],
  crds: ['crds/**/*.test.ts'],
  operator: ['operator/**/*.test.ts'],
  webhooks: ['webhooks/**/*.test.ts'],
  sandbox: ['sandbox/**/*.test.ts'],
  simulation: ['e2e/simulation/*.test.ts'],
  explorer: ['e2e/simulation/explorer/**/*.test.ts', 'e2e/simulation/fields/{mutations,types,reasons,seen}.test.ts'],
}

/** Changes what all share while it runs, moves a clock while it waits for sockets, is as long as a group, or starts real processes. */
const alone = [
  'operator/runtime/{credentials,https-transport,reflector}.test.ts', 'e2e/simulation/explorer/explorer.test.ts',
  'sandbox/**/*.qemu.test.ts', 'sandbox/network/**/{lab,packets}.test.ts',
]

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The test files of a group, from the root of the repository. */
export const filesOf = (group: string): readonly string[] => {
  const names = Object.keys(groups)
  const before = names.slice(0, names.indexOf(group)).flatMap((name) => groups[name] ?? [])
  return globSync(groups[group] ?? [], { cwd: root, exclude: [...before, ...alone] }).sort()
}
