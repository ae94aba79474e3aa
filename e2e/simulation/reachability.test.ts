import test from 'ava'
import { quickstart, startInstanceCloud, web } from './instance-cloud.ts'

test('why one instance can\'t reach another is answered in any order of arrival, and anew whenever a rule on the way changes', async t => {
  const { apply, read, until, remove, pass, inState, writes, end } = await startInstanceCloud()
  const { privateIPAddress: _address, securityGroupRefs: _groups, ...launch } = web
  const ask = { source: { instanceRef: { name: 'client' } }, destination: { instanceRef: { name: 'server' } }, port: 5432 }
  const answered = (wanted: RegExp) => until(`the answer ${wanted}`, async () => {
    const status = (await read('ReachabilityAnalysis', 'why'))?.status
    return wanted.test(`${status?.['result']}: ${status?.['explanation']}`) && status
  })
  const group = (ingressRules: object[]) => apply('SecurityGroup', 'db', { vpcRef: { name: 'main' }, ingressRules })
  const list = (entries: object[]) => apply('NetworkACL', 'strict', { vpcRef: { name: 'main' }, subnetRefs: [{ name: 'data' }], entries })
  const entry = { ruleNumber: 100, action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' }
  await apply('ReachabilityAnalysis', 'why', ask)
  await until('the analysis to wait for its ends', async () => JSON.stringify((await read('ReachabilityAnalysis', 'why'))?.status).includes('DependencyNotFound'))
  for (const [kind, name, spec] of quickstart) await apply(kind, name, spec)
  await apply('Subnet', 'data', { vpcRef: { name: 'main' }, cidrBlock: '10.0.77.0/24', availabilityZone: 'zone-a' })
  await group([])
  await apply('Instance', 'client', launch)
  await apply('Instance', 'server', { ...launch, subnetRef: { name: 'data' }, securityGroupRefs: [{ name: 'db' }] })
  for (const name of ['client', 'server']) await inState('running', name)
  await answered(/^NotReachable: no rule of SecurityGroup "db" lets tcp to port 5432/)
  await group([{ protocol: 'tcp', fromPort: 5432, toPort: 5432, securityGroupRef: { name: 'main-default' } }])
  const { hops } = await answered(/^Reachable/)
  t.deepEqual((hops as { component: string; name: string }[]).map(({ component, name }) => `${component} ${name}`).slice(0, 1), ['SecurityGroup main-default'])
  await list([{ ...entry, direction: 'Ingress' }])
  await answered(/^NotReachable: the answer is stopped: no entry of NetworkACL "strict"/)
  await list([{ ...entry, direction: 'Ingress' }, { ...entry, direction: 'Egress' }])
  await answered(/^Reachable/)
  await apply('ReachabilityAnalysis', 'why', { ...ask, destination: { address: '203.0.113.7' }, port: 443 })
  await answered(/^NotReachable: RouteTable "main-main" of subnet ".*" has no route to 203\.0\.113\.7/)
  await pass(60_000)
  const before = writes.length
  await pass(600_000)
  t.deepEqual(writes.slice(before), [], 'nobody asks, nobody writes')
  await remove('ReachabilityAnalysis', 'why')
  await until('it to be gone', async () => await read('ReachabilityAnalysis', 'why') === undefined)
  await end()
})
