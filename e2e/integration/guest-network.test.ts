/** Real guests on a real OVN: what a security group lets through between them, and that nothing of it is left. */
import { readdir, readFile } from 'node:fs/promises'
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { qemuInstalled } from '../../sandbox/hypervisor/qemu.ts'
import { labProblem } from '../../sandbox/network/ovn/available.ts'
import { ours, startGuestCloud, type GuestAccount } from '../guest-cloud.ts'

const problem = qemuInstalled() ? labProblem() : 'QEMU is not installed'
const onNetwork = problem === undefined ? test : test.skip
if (problem !== undefined) console.log(`Tests of guests on a network are skipped: ${problem}`)

const [client, server] = ['10.0.1.10', '10.0.1.11'] as const
const group = (name: string, ...ingressRules: object[]) => ours('SecurityGroup', name, { vpcRef: { name: 'main' }, description: name, ingressRules })
const ofClients = { securityGroupRef: { name: 'client' } }
const [ssh, ping] = [{ protocol: 'tcp', fromPort: 22, toPort: 22, ...ofClients }, { protocol: 'icmp', ...ofClients }]

/** What of these a guest reaches at an address, both asked for at once: SSH, and an echo. Of what must pass several attempts: late is not lost. */
const reaches = async (account: GuestAccount, [from, to, source]: readonly [string, string, string?], attempts = 1): Promise<string[]> => {
  const [connect, echo] = source === undefined ? ['', ''] : [`-s ${source}`, `-I ${source}`]
  const words = await account.runIn(from, `
    retry() { for _ in $(seq ${attempts}); do "$@" && return; done; }
    speaks() { nc -w 2 ${connect} ${to} 22 </dev/null 2>/dev/null | grep -q SSH- && echo ssh; }
    answers() { ping -c 1 -W 2 ${echo} ${to} >/dev/null && echo ping; }
    retry speaks & retry answers; wait; true`)
  return words.split('\n').filter((word) => word !== '').sort()
}

/** All processes below one, by what the kernel says of their parents. */
const descendants = async (of: number): Promise<number[]> => {
  const all = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(async (name) => {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    return { pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }
  }))
  const below = (pid: number): number[] => all.filter(({ parent }) => parent === pid).flatMap((each) => [each.pid, ...below(each.pid)])
  return below(of)
}

const isThere = (pid: number) => readFile(`/proc/${pid}/stat`, 'utf8').then((stat) => !/\) [ZX] /.test(stat), () => false)

onNetwork('real guests on a VPC reach each other as their security groups say, are logged in to all the same, and leave nothing when all is killed', async t => {
  // Two guests boot, by software where there is no KVM.
  t.timeout(600_000)
  const cloud = await startGuestCloud({ sandboxArguments: ['--network', 'ovn'], operatorArguments: ['--security-group-driver', 'kubeOVN'] })
  t.teardown(cloud.stop)
  const account = cloud.in('default')
  await account.apply(
    ...account.quickstart, group('client'), group('server', ssh, ping),
    account.instance('client', client, { securityGroupRefs: [{ name: 'client' }] }), account.instance('server', server, { securityGroupRefs: [{ name: 'server' }] }),
  )
  await account.ready('instance/client', 'instance/server')
  const mac = await account.fieldOf('virtualmachine/client', '.spec.template.spec.domain.devices.interfaces[0].macAddress')
  const card = await account.runIn('client', 'cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu; ip -4 -o addr show dev eth0; ip route')
  for (const fact of [new RegExp(`^${mac}\n1400\n`), / 10\.0\.1\.10\/24 /, /^default via 10\.0\.1\.1 /m]) t.regex(card, fact)

  t.deepEqual(await reaches(account, ['client', server], 4), ['ping', 'ssh'])
  t.deepEqual(await reaches(account, ['server', client]), [], 'the group of the other lets nobody in, but for whoever logs in from outside')
  // An address of nobody: the network knows which one is the guest's.
  t.deepEqual(await account.runIn('client', 'ip addr add 10.0.1.99/32 dev eth0 && echo taken'), 'taken')
  t.deepEqual(await reaches(account, ['client', server, '10.0.1.99']), [])
  await account.patch('securitygroup.kumulus.dev/server', { ingressRules: [ping] })
  for (let attempt = 0; attempt < 20 && (await reaches(account, ['client', server])).includes('ssh'); attempt++) await systemClock.sleep(200)
  t.deepEqual(await reaches(account, ['client', server], 4), ['ping'])

  const below = await descendants(cloud.plane.apiServer?.pid() ?? 0)
  t.true(below.length > 4, 'guests, and what their network is made of')
  await cloud.plane.apiServer?.kill('SIGKILL')
  for (let left = below; left.length > 0;) {
    await systemClock.sleep(100)
    left = (await Promise.all(left.map(async (pid) => await isThere(pid) ? [pid] : []))).flat()
  }
})
