import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import test from 'ava'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { startLab, startLabNode, type Host, type Lab, type Probe } from './lab.ts'
import { referenceTo } from './ovsdb/values.ts'
import type { Row } from './rows.ts'
import { packetTest } from './testing.ts'

let started: Promise<Lab> | undefined
const theLab = () => (started ??= startLab({ clock: systemClock }))
test.after.always(async () => (await started)?.stop())

const mac = (number: number) => `02:00:00:00:00:0${number}`
const port = (name: string, number: number): Row => {
  const address = `${mac(number)} 10.0.1.${number}`
  return { table: 'Logical_Switch_Port', key: name, columns: { name, addresses: [address], port_security: [address] } }
}
const ports = [port('port-a', 5), port('port-b', 6)]
const network = (...acls: Row[]): Row[] => [
  ...ports,
  ...acls,
  {
    table: 'Logical_Switch', key: 'net',
    columns: { name: 'net', ports: ports.map(({ key }) => referenceTo('Logical_Switch_Port', key)), acls: acls.map(({ key }) => referenceTo('ACL', key)) },
  },
]
const host = (name: string, number: number): Host =>
  ({ name, interfaces: [{ port: `port-${name}`, mac: mac(number), addresses: [`10.0.1.${number}/24`], gateway: '10.0.1.1' }] })
const deny: Row = { table: 'ACL', key: 'deny', columns: { tier: 2, direction: 'to-lport', priority: 1000, match: 'outport == "port-b" && ip', action: 'drop' } }
const everything: Probe[] = (['tcp', 'udp', 'icmp'] as const).map((protocol) => ({ from: 'a', to: '10.0.1.6', at: 'b', protocol, port: 8080, attempts: 3 }))
const outcomes = async (lab: Lab, probes: Probe[]) => (await lab.probe(probes)).map(({ outcome }) => outcome)

packetTest('hosts on one switch reach each other by TCP, UDP and ICMP, and the answer says where the packet came to and from', async (t) => {
  const lab = await theLab()
  await lab.apply(network())
  await lab.addHosts([host('a', 5), host('b', 6)])
  const answers = await lab.probe(everything)
  t.deepEqual(answers.map(({ outcome, arrived }) => ({ outcome, arrived })), Array(3).fill({ outcome: 'passed', arrived: { host: 'b', source: '10.0.1.5' } }))
})

packetTest('a rule is enforced when apply resolves, on flows that are open as well, and its removal is too', async (t) => {
  const lab = await theLab()
  await lab.apply(network())
  const flow = await lab.openFlow({ from: 'a', to: '10.0.1.6', at: 'b', port: 8081 })
  t.true(await flow.passes())
  await lab.apply(network(deny))
  t.deepEqual(await outcomes(lab, everything.map((probe) => ({ ...probe, attempts: 1 }))), ['lost', 'lost', 'lost'])
  t.false(await flow.passes(200))
  await flow.close()
  await lab.apply(network())
  t.deepEqual(await outcomes(lab, everything), ['passed', 'passed', 'passed'])
})

packetTest('applying the same again changes nothing, and what OVN refuses changes nothing either', async (t) => {
  const lab = await theLab()
  await lab.apply(network())
  t.is((await lab.apply(network())).operations, 0)
  const unknown: Row = { table: 'ACL', key: 'bad', columns: { tier: 2, direction: 'sideways', priority: 1, match: 'ip', action: 'drop' } }
  await t.throwsAsync(lab.apply([...network(deny), unknown]), { message: /refused insert in ACL/ })
  t.deepEqual(await outcomes(lab, everything), ['passed', 'passed', 'passed'])
})

packetTest('a port where nobody listens refuses, and a thousand probes at once are answered', async (t) => {
  const lab = await theLab()
  await lab.apply(network())
  const [refused] = await lab.probe([{ from: 'a', to: '10.0.1.6', protocol: 'tcp', port: 9 }])
  t.is(refused?.outcome, 'refused')
  const many = Array.from({ length: 1000 }, (_, index): Probe => ({ ...everything[index % 3]!, port: 1000 + (index % 50) }))
  t.deepEqual(new Set(await outcomes(lab, many)), new Set(['passed']))
})

/** UDP from an address to 10.0.1.6, without checksums, which nobody on the way looks at. */
const frame = (sourceMac: string, source: string) => {
  const address = source.split('.').map((part) => Number(part).toString(16).padStart(2, '0')).join('')
  return `${mac(6)}${sourceMac}`.replaceAll(':', '') + `0800450000240000400040110000${address}0a000106270f270f00100000cafecafecafecafe`
}

packetTest('frames with a foreign hardware or network address are sent but come nowhere', async (t) => {
  const lab = await theLab()
  await lab.apply(network())
  await lab.sniff('b')
  const own = frame(mac(5), '10.0.1.5')
  await lab.inject('a', [frame(mac(7), '10.0.1.5'), frame(mac(5), '10.0.1.7'), own])
  // Frames of one sender keep their order: whoever has the last had the others, if they came at all.
  const seen: string[] = []
  while (!seen.includes(own)) {
    seen.push(...(await lab.sniff('b')))
    await systemClock.sleep(1)
  }
  t.deepEqual(seen.filter((each) => each.includes('cafecafe')), [own])
})

packetTest('a host can go and come back, also at another place', async (t) => {
  const lab = await theLab()
  await lab.apply(network())
  await lab.removeHosts(['b'])
  t.deepEqual(await outcomes(lab, [{ from: 'a', to: '10.0.1.6', protocol: 'icmp', timeout: 200 }]), ['lost'])
  await lab.addHosts([host('b', 6)])
  t.deepEqual(await outcomes(lab, everything), ['passed', 'passed', 'passed'])
})

packetTest('a node joins an OVN that runs elsewhere, and its hosts are held to the rules there', async (t) => {
  const lab = await theLab()
  await lab.removeHosts(['a', 'b'])
  await lab.apply(network())
  const database = `/proc/${lab.pid}/root/run/ovn/db.sock`
  const node = await startLabNode({ clock: systemClock, northbound: database, southbound: database, name: 'second', hostname: 'machine-2' })
  await node.addHosts([host('a', 5), host('b', 6)])
  t.deepEqual((await node.probe(everything)).map(({ outcome }) => outcome), ['passed', 'passed', 'passed'])
  await lab.apply(network(deny))
  await node.sync()
  t.deepEqual((await node.probe(everything.map((probe) => ({ ...probe, attempts: 1 })))).map(({ outcome }) => outcome), ['lost', 'lost', 'lost'])
  await node.stop()
  // Which waits for every node that OVN has.
  await lab.apply(network())
})

packetTest('nothing of a lab outlives the program that started it, whatever ended that', async (t) => {
  const module = JSON.stringify(new URL('lab.ts', import.meta.url).href)
  const clock = JSON.stringify(new URL('../../../operator/runtime/clock.ts', import.meta.url).href)
  const program = `const { startLab } = await import(${module}); const { systemClock } = await import(${clock})
    const lab = await startLab({ clock: systemClock }); console.log(lab.pid)`
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
  t.true(existsSync(`/proc/${line}/root/run/ovn/db.sock`))
  owner.kill('SIGKILL')
  while (existsSync(`/proc/${line}`)) await systemClock.sleep(5)
  t.false(existsSync('/run/ovn/db.sock'))
})
