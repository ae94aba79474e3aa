import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { SecurityGroupDriver } from '../../operator/settings.ts'
import { startCluster, type Cluster } from '../cluster.ts'
import { percentile, progress, type Report } from '../figures.ts'
import { instance, kind, namespace, type Anything } from '../manifests.ts'
import { until } from '../waiting.ts'

const MINUTE = 60_000
/** Instances in the group beside the one that sends. */
const MEMBERS = 10
const RULES = 100
const FIRST_PORT = 20_000

/**
 * From the moment at which a user applies a rule to the first packet that it lets through, on the sandbox as users start it with `--network ovn`:
 * the request, the operator's pass, the stand-in for Kube-OVN, OVN. A rule a port, one after the other; a datagram a millisecond tries to get in.
 */
export const measureEnforced = async (driver: SecurityGroupDriver, report: Report): Promise<void> => {
  const cluster = await startCluster({
    instances: MEMBERS + 1, profiles: undefined, network: 'ovn', operatorArgs: ['--security-group-driver', driver],
  })
  try {
    await cluster.startOperator()
    await launch(cluster)
    const times = await measureRules(cluster)
    const detail = { unit: 'ms', scenario: 'network', driver, members: MEMBERS, rules: times.length }
    report({ name: 'sg_rule_to_enforced_ms', value: percentile(times, 0.5), percentile: 50, ...detail })
    report({ name: 'sg_rule_to_enforced_ms', value: percentile(times, 0.99), percentile: 99, ...detail })
  } finally {
    await cluster.stop()
  }
}

const launch = async ({ client }: Cluster): Promise<void> => {
  progress(`network: launching ${MEMBERS + 1} instances`)
  // What is sent comes from outside of the group, so that no rule of its own lets it in.
  await client.apply(kind('SecurityGroup'), group('outside', []), { fieldManager: 'bench' })
  for (let index = 0; index < MEMBERS; index++) await client.create(kind('Instance'), instance(`web-${index}`))
  const sender = instance('sender')
  await client.create(kind('Instance'), { ...sender, spec: { ...sender['spec'] as object, securityGroupRefs: [{ name: 'outside' }] } })
  await until('every instance to run', 5 * MINUTE, async () => {
    const { items } = await client.list<Anything>(kind('Instance'), { namespace })
    return items.length === MEMBERS + 1 && items.every(({ status }) => status?.state === 'running')
  })
}

const measureRules = async (cluster: Cluster): Promise<number[]> => {
  const enter = await entranceOf(cluster)
  const listener = await startPackets(enter, 'web-0', ['listen', `${RULES}`, `${FIRST_PORT}`])
  const receiver = await cluster.client.get<Anything & { status?: { privateIPAddress?: string } }>(kind('Instance'), { name: 'web-0', namespace })
  const sender = await startPackets(enter, 'sender', ['send', receiver.status?.privateIPAddress ?? ''])
  const arrivals = new Map<number, number>()
  createInterface({ input: listener.stdout }).on('line', (line) => {
    const [port, at] = line.split(' ').map(Number)
    if (port !== undefined && at !== undefined) arrivals.set(port, at)
  })
  try {
    const times: number[] = []
    for (let port = FIRST_PORT; port < FIRST_PORT + RULES; port++) {
      sender.stdin.write(`${port}\n`)
      await systemClock.sleep(50)
      if (arrivals.has(port)) throw new Error(`port ${port} was open before there was a rule for it`)
      const begun = systemClock.now()
      const rule = { protocol: 'udp', fromPort: port, toPort: port, cidr: '0.0.0.0/0' }
      await cluster.client.apply(kind('SecurityGroup'), group('web', [rule]), { fieldManager: 'bench', force: true })
      while (!arrivals.has(port) && systemClock.now() < begun + MINUTE) await systemClock.sleep(1)
      times.push((arrivals.get(port) ?? Infinity) - begun)
    }
    return times
  } finally {
    for (const each of [listener, sender]) each.stdin.end()
  }
}

const group = (name: string, ingressRules: object[]) =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'SecurityGroup', metadata: { name, namespace }, spec: { vpcRef: { name: 'main' }, ingressRules } })

/** The command line by which the sandbox says that one gets into a guest's place, up to the guest's name. */
const entranceOf = async ({ sandbox }: Cluster): Promise<string[]> => {
  const words = /nsenter .* ip netns exec (?=NAMESPACE)/.exec(await sandbox.tail(200))?.[0]
  if (words === undefined) throw new Error('the sandbox does not say how to get into a guest')
  return words.trim().split(' ')
}

/** Resolves when it is ready. */
const startPackets = async ([command = '', ...args]: string[], host: string, what: string[]): Promise<ChildProcessWithoutNullStreams> => {
  const script = new URL('packets.py', import.meta.url).pathname
  const child = spawn(command, [...args, `${namespace}.${host}`, 'python3', script, ...what])
  child.stderr.on('data', (words: Buffer) => progress(`network: ${String(words).trim()}`))
  if (what[0] === 'listen') await once(child.stdout, 'data')
  return child
}
