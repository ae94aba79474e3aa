/**
 * `make test-kubernetes`: the integration tests on a real control plane, and what our programs asked of it held against what their roles give.
 * Arguments are files to test instead of all: then nothing is said of rights that were not used.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterTests, runTests, type Check } from '../checks.ts'
import { dangerousRights, judgeAccess } from '../simulation/permissions.ts'
import { readAudit } from './audit.ts'
import { makeBase } from './base.ts'
import { prepareKubernetes } from './choice.ts'

const files = process.argv.slice(2)

/**
 * Used only when a tenant takes a name in the very moment in which the operator wants it, of a class that nobody has used for ten minutes, and when a
 * schedule is due, once an hour at most: the simulations bring all of it about, see access.test.ts.
 */
const rare: readonly string[] = [
  ...['networkacls', 'routetables', 'securitygroups'].map((kind) => `account: get ${kind}.kumulus.dev`),
  'cluster: delete volumeattributesclasses.storage.k8s.io', 'account: get snapshotschedules.kumulus.dev',
]

const checkAccess = async (folder: string): Promise<Check[]> => {
  const asked = await readAudit(folder)
  const { refused, unexplained, unused } = judgeAccess(asked)
  const empty = (name: string, found: readonly string[]): Check => ({ name, passed: found.length === 0, output: found.map((line) => `  ${line}`).join('\n') })
  return [
    { name: `the API server saw our programs at work (${asked.length} requests)`, passed: asked.length > 0, output: '' },
    empty('our programs ask for nothing that they are refused', refused),
    empty('what lets our programs through is in their roles', unexplained),
    ...(files.length > 0 ? [] : [empty('every right of their roles is used', unused.filter((title) => !rare.includes(title)))]),
    empty('none of their roles has a wildcard, names Secrets everywhere, or makes itself more', dangerousRights()),
  ]
}

const folder = await mkdtemp(join(tmpdir(), 'kumulus-kubernetes-'))
const audit = join(folder, 'audit')
try {
  await mkdir(audit)
  const { kind } = await prepareKubernetes((line) => console.log(line))
  // Each file has a control plane of its own, or is alone on the one that there is, whose audit log is somebody else's.
  const existing = kind === 'existing'
  const args = files.length > 0 ? files : [...clusterTests, ...(existing ? [] : ['e2e/chart/**/*.test.ts'])]
  const base: Record<string, string> = existing || args.length === 1 ? {} : { E2E_BASE: await makeBase(join(folder, 'base'), (line) => console.log(line)) }
  await runTests({ args: ['--concurrency', existing ? '1' : '2', ...args], env: { E2E_CLUSTER: 'kubernetes', E2E_AUDIT: audit, ...base } },
    () => existing ? Promise.resolve([]) : checkAccess(audit))
} catch (error) {
  console.error((error as Error).message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
