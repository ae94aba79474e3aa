import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import test from 'ava'
import { controllers } from '../../../operator/controllers.ts'
import { networkAttachmentResource } from '../../../operator/providers/kube-ovn/resources.ts'
import { networkPolicyResource } from '../../../operator/providers/network-policy/resources.ts'
import { resolverAttachment } from '../../../operator/providers/resolver/deployment.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import type { NetworkObjects } from '../../../sandbox/network/kube-ovn/objects.ts'
import { portsOf } from '../../../sandbox/network/kube-ovn/ports.ts'
import { podHosts } from '../../../sandbox/network/kube-ovn/rows.ts'
import { macOf, routerPort } from '../../../sandbox/network/kube-ovn/vpc.ts'
import { type Lab, type Probe, type ProbeResult, startLab } from '../../../sandbox/network/ovn/lab.ts'
import { packetTest } from '../../../sandbox/network/ovn/testing.ts'
import { resources } from '../../../sandbox/stand-ins/resources.ts'
import { systemNamespace } from '../../access.ts'
import type { SecurityGroupDriver } from '../../../operator/settings.ts'
import { build, settle } from '../build.ts'
import { manifest, type Manifest } from '../manifests.ts'
import { objectsOf, show } from '../packet-network.ts'
import { tenants } from '../worlds/render.ts'

const [a, b] = tenants
const everything = { protocol: 'all', cidr: '0.0.0.0/0' } as const
const servers = ['192.0.0.250', '192.0.0.251']
/** On the cluster's own network, which is 10.16.0.0/16. */
const platform = '10.16.77.2'

/**
 * Two accounts with the same addresses. In the second subnet of each everything is closed that a tenant can close: a network ACL without entries, and
 * a group without rules.
 */
const account = (tenant: string, vpc: string, spec: object = {}): Manifest[] => [
  manifest('VPC', tenant, vpc, { cidrBlocks: ['10.0.0.0/16'], ...spec }),
  ...(['a', 'b'] as const).map((name, index) =>
    manifest('Subnet', tenant, name, { vpcRef: { name: vpc }, cidrBlock: `10.0.${index + 1}.0/24`, availabilityZone: 'zone-a' })),
  manifest('SecurityGroup', tenant, 'open', { vpcRef: { name: vpc }, ingressRules: [everything] }),
  manifest('SecurityGroup', tenant, 'closed', { vpcRef: { name: vpc }, ingressRules: [], egressRules: [] }),
  manifest('NetworkACL', tenant, 'closed', { vpcRef: { name: vpc }, subnetRefs: [{ name: 'b' }], entries: [] }),
  manifest('Instance', tenant, 'web', { subnetRef: { name: 'a' }, privateIPAddress: '10.0.1.10', securityGroupRefs: [{ name: 'open' }], sourceDestCheck: false }),
  manifest('Instance', tenant, 'gate', { subnetRef: { name: 'b' }, privateIPAddress: '10.0.2.11', securityGroupRefs: [{ name: 'open' }] }),
  manifest('Instance', tenant, 'db', { subnetRef: { name: 'b' }, privateIPAddress: '10.0.2.10', securityGroupRefs: [{ name: 'closed' }] }),
]

/** In the addresses of the cluster's own pods. */
const likeTheCluster: Manifest[] = [
  manifest('Subnet', b, 'c', { vpcRef: { name: 'other' }, cidrBlock: '10.16.1.0/24', availabilityZone: 'zone-a' }),
  manifest('Instance', b, 'like', { subnetRef: { name: 'c' }, privateIPAddress: '10.16.1.10', securityGroupRefs: [{ name: 'open' }] }),
]

/** What comes with an installation: the network's name, and, unless a platform wants no such policies, what its pods may. */
const installation = [
  [networkAttachmentResource, {
    apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata: { name: resolverAttachment, namespace: systemNamespace }, spec: { config: '{}' },
  }],
  [networkPolicyResource, {
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: resolverAttachment, namespace: systemNamespace },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/component': 'resolver' } }, policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 8081, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] }],
      egress: [{ ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] }],
    },
  }],
  // Plays the platform's resolver.
  [resources.pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'platform-dns', namespace: systemNamespace, annotations: { 'ovn.kubernetes.io/ip_address': platform } },
    spec: { containers: [{ name: 'dns', image: 'dns' }] },
  }],
] as const

const objectsWith = async (securityGroupDriver: SecurityGroupDriver, manifests: readonly Manifest[]): Promise<NetworkObjects> => {
  const program = { image: 'kumulus', upstreams: [platform], withheldDomains: [], pullSecrets: [] }
  const world = await build(manifests, { kinds: settings => controllers({ ...settings, securityGroupDriver, resolver: program }) })
  const isGuarded = securityGroupDriver === 'networkPolicy'
  for (const [resource, object] of installation) {
    if (isGuarded || object.kind !== 'NetworkPolicy') await world.client.create(resource, object)
  }
  await settle(world)
  const objects = await objectsOf(world)
  await world.stop()
  return objects
}

/** Runs a program in a host of the lab. */
const inHost = (lab: Lab, host: string, command: readonly string[]): [string, string[]] => {
  const user = process.getuid?.() === 0 ? [] : ['-U', '--preserve-credentials']
  return ['nsenter', ['-t', `${lab.pid}`, ...user, '-m', '-n', 'ip', 'netns', 'exec', host.replace('/', '.'), ...command]]
}

const root = new URL('../../..', import.meta.url).pathname
const programs: ChildProcess[] = []

/** Starts the real program in a host, with the flags that its pod has. */
const serve = async (lab: Lab, host: string, flags: readonly string[]): Promise<void> => {
  const [command, args] = inHost(lab, host, [process.execPath, `${root}operator/resolver/main.ts`, ...flags])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  programs.push(child)
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error(`the program of ${host} has ended`)))])
}

const serveAll = async (lab: Lab, { pods, subnets }: NetworkObjects): Promise<void> => {
  const [cluster = ''] = subnets.flatMap(({ metadata, spec }) => metadata.name === 'ovn-default' ? spec.cidrBlock ?? [] : [])
  await serve(lab, `${systemNamespace}/platform-dns`, ['--domain=platform.example', `--blocks=${cluster}`, `--network=${cluster}`, '--upstreams=192.0.2.1'])
  for (const { metadata, spec, status } of pods.filter(pod => pod.metadata.labels?.['app.kubernetes.io/component'] === 'resolver')) {
    await serve(lab, `${metadata.namespace}/${metadata.name}`, (spec.containers[0]?.args ?? []).map(flag => flag.replace('$(POD_IP)', status?.podIP ?? '')))
  }
}

const stopAll = async (): Promise<void> => {
  await Promise.all(programs.splice(0).filter(({ exitCode }) => exitCode === null).map(async (child) => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }))
}

/** Asks each server each question, as `TYPE name`, by UDP; what it says, or the error's code. */
const ask = async (lab: Lab, host: string, questions: readonly string[], timeout = 3000): Promise<string[]> => {
  const script = `
    import { Resolver } from 'node:dns/promises'
    import { connect } from 'node:net'
    const connected = server => new Promise(resolve => {
      const socket = connect({ host: server, port: 53, timeout: Number(timeout) })
      for (const [event, word] of [['connect', 'connected'], ['timeout', 'closed'], ['error', 'closed']]) {
        socket.on(event, () => resolve(word) ?? socket.destroy())
      }
    })
    const [timeout, ...questions] = process.argv.slice(1)
    const answers = []
    for (const server of ${JSON.stringify(servers)}) for (const question of questions) {
      const resolver = new Resolver({ timeout: Number(timeout), tries: 1 })
      resolver.setServers([server])
      const [type, name] = question.split(' ')
      answers.push(type === 'TCP' ? connected(server) : (type === 'PTR' ? resolver.reverse(name) : resolver.resolve4(name)).then(String, error => error.code))
    }
    console.log(JSON.stringify(await Promise.all(answers)))`
  const [command, args] = inHost(lab, host, [process.execPath, '--input-type=module', '-e', script, `${timeout}`, ...questions])
  return JSON.parse((await promisify(execFile)(command, args)).stdout) as string[]
}

const twice = (...answers: string[]) => [...answers, ...answers]

let started: Promise<Lab> | undefined
const theLab = () => (started ??= startLab({ clock: systemClock }))
test.after.always(async () => {
  await stopAll()
  await (await started)?.stop()
})
let hosts: string[] = []

const resolverHosts = ({ pods }: NetworkObjects): string[] => pods.filter(pod => pod.metadata.labels?.['app.kubernetes.io/component'] === 'resolver')
  .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)

const command = async (lab: Lab, host: string, ...args: string[]): Promise<void> => {
  const [program, rest] = inHost(lab, host, args)
  await promisify(execFile)(program, rest)
}

const hex = (text: string, separator: string, radix: number) => text.split(separator).map(part => parseInt(part, radix).toString(16).padStart(2, '0')).join('')

/** An answer of a DNS server's that it never gave: from port 53, by UDP, without a checksum. */
const forgedAnswer = (router: string, mac: string, source: string, target: string): string => {
  const addresses = `${hex(source, '.', 10)}${hex(target, '.', 10)}`
  const sum = `45000024000040004011${addresses}`.match(/.{4}/g)?.reduce((total, word) => total + parseInt(word, 16), 0) ?? 0
  const folded = (sum >> 16) + (sum & 0xffff)
  const checksum = (~(folded + (folded >> 16)) & 0xffff).toString(16).padStart(4, '0')
  return `${hex(router, ':', 16)}${hex(mac, ':', 16)}080045000024000040004011${checksum}${addresses}0035303900100000cafecafecafecafe`
}

const reached = (results: readonly ProbeResult[]): ProbeResult[] =>
  results.filter(({ outcome, arrived }) => outcome === 'passed' || outcome === 'refused' || arrived !== null)

for (const driver of ['networkPolicy', 'kubeOVN'] as const) {
  packetTest(`whatever a tenant closes (${driver}), names are answered, each VPC's own and for others the platform's, and nothing else opens`, async t => {
    const lab = await theLab()
    const overlapping = account(b, 'other', { cidrBlocks: ['10.0.0.0/16', '10.16.0.0/16'] })
    const objects = await objectsWith(driver, [...account(a, 'main'), ...overlapping, ...likeTheCluster])
    hosts = await show(lab, objects, hosts)
    await serveAll(lab, objects)
    const questions = ['A ip-10-0-1-10.main.internal', 'PTR 10.0.2.10', 'A ip-10-16-0-9.platform.example', 'A kubernetes.default.svc.cluster.local', 'TCP']
    for (const name of ['web', 'db']) {
      t.deepEqual(await ask(lab, `${a}/${name}`, questions), twice('10.0.1.10', 'ip-10-0-2-10.main.internal', '10.16.0.9', 'ENOTFOUND', 'connected'), name)
      t.deepEqual(await ask(lab, `${b}/${name}`, questions), twice('ENOTFOUND', 'ip-10-0-2-10.other.internal', '10.16.0.9', 'ENOTFOUND', 'connected'), name)
    }
    t.deepEqual(await ask(lab, `${b}/like`, ['PTR 10.16.1.10', 'A ip-10-16-0-9.platform.example', 'TCP']), twice('ip-10-16-1-10.other.internal', '10.16.0.9', 'connected'))
    await stopAll()

    // Nothing but port 53 of the servers, and nothing of the platform: by no protocol, although each of them listens.
    const [platformHost, resolvers] = [`${systemNamespace}/platform-dns`, resolverHosts(objects)]
    const to = (from: string, address: string, at: string, port: number): Probe[] => (['tcp', 'udp', 'icmp'] as const)
      .map(protocol => ({ from, to: address, at, protocol, ...protocol === 'icmp' ? {} : { port } }))
    const guests = [a, b].flatMap(tenant => [`${tenant}/web`, `${tenant}/db`])
    t.deepEqual(reached(await lab.probe(guests.flatMap(guest => [
      ...resolvers.flatMap(at => servers.flatMap(server => [...to(guest, server, at, 8081), ...to(guest, server, at, 54)])),
      ...to(guest, platform, platformHost, 53),
    ]))), [])

    // A server that somebody has taken over, on a host that forwards, gets nothing into the VPC either.
    for (const host of resolvers) {
      await command(lab, host, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
      await command(lab, host, 'ip', 'route', 'add', '10.0.0.0/16', 'via', '192.0.0.249', 'dev', 'eth1')
    }
    const [eth0 = ''] = podHosts(objects).filter(({ name }) => resolvers.includes(name)).map(({ interfaces }) => interfaces[0]?.addresses[0]?.split('/')[0])
    await command(lab, platformHost, 'ip', 'route', 'add', '10.0.0.0/16', 'via', eth0)
    t.deepEqual(reached(await lab.probe([
      ...tenants.flatMap(tenant => [...resolvers, platformHost].flatMap(host => to(host, '10.0.1.10', `${tenant}/web`, 80))),
    ])), [])
  })
}

packetTest('nobody speaks as a VPC\'s DNS server, not even who may send by any address, and who has no server is as closed as ever', async t => {
  const lab = await theLab()
  const objects = await objectsWith('networkPolicy', [...account(a, 'main'), ...account(b, 'other', { enableDNSSupport: false })])
  hosts = await show(lab, objects, hosts)
  t.is(resolverHosts(objects).length, 2)
  await serveAll(lab, objects)
  t.deepEqual(await ask(lab, `${b}/web`, ['A ip-10-0-1-10.other.internal', 'TCP'], 500), twice('ETIMEOUT', 'closed'))
  await stopAll()
  const macOfHost = (name: string) => podHosts(objects).find(host => host.name === name)?.interfaces[0]?.mac ?? ''
  const [own] = objects.pods.filter(({ metadata }) => metadata.namespace === a && metadata.name.includes('web')).flatMap(pod => portsOf(pod))
  const vpc = objects.subnets.find(({ metadata }) => metadata.name === own?.subnet)?.spec.vpc ?? ''
  const router = macOf(routerPort(vpc, own?.subnet ?? ''))
  await lab.sniff(`${a}/gate`)
  const forged = (source: string) => forgedAnswer(router, macOfHost(`${a}/web`), source, '10.0.2.11')
  await lab.inject(`${a}/web`, [...servers.map(forged), forged('10.0.1.10')])
  for (let attempt = 0; attempt < 400; attempt++) await systemClock.sleep(1)
  t.deepEqual((await lab.sniff(`${a}/gate`)).filter(frame => frame.includes('cafecafe')), [])
})
