import test from 'ava'
import { createClient } from './client.ts'
import { FakeClock } from './fake-clock.ts'
import { createLeader, leaderTransport, leaseTimes } from './leader.ts'
import { silentLog } from './log.ts'
import { seededRandom } from './random.ts'
import { FakeApi } from './testing/fake-api.ts'

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kumulus-system/leases/kumulus'
const widgets = { group: 'x.dev', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true }

/** Each process has a clock of its own: stopping a process stops nobody else's time. */
const candidate = (api: FakeApi, identity: string, clock = new FakeClock()) => {
  const leader = createLeader({ client: createClient(api), clock, random: seededRandom(7), log: silentLog, namespace: 'kumulus-system', name: 'kumulus', identity })
  const client = createClient(leaderTransport(api, leader.leads))
  const ending = new AbortController()
  const state = { leads: false, ended: undefined as string | undefined }
  const running = leader.acquire(ending.signal).then(async () => {
    state.leads = true
    state.ended = await leader.hold(ending.signal)
  }, () => {})
  const write = () => client.create(widgets, { apiVersion: 'x.dev/v1', kind: 'Widget', metadata: { name: identity, namespace: 'a' } })
  const end = async () => {
    ending.abort(new Error('stopped'))
    await running
  }
  return { leader, clock, state, write, end }
}

test('of two candidates one leads, and the other takes over when the first gives up', async (t) => {
  const api = new FakeApi()
  const first = candidate(api, 'first')
  await first.clock.advance(0)
  const second = candidate(api, 'second', first.clock)
  await first.clock.advance(60_000)
  t.true(first.state.leads)
  t.false(second.state.leads)
  await t.throwsAsync(second.write(), { name: 'NotLeaderError' })
  await first.write()
  await first.end()
  t.is(first.state.ended, 'released')
  await second.clock.advance(3_000)
  t.true(second.state.leads)
  await second.write()
  await t.throwsAsync(first.write(), { name: 'NotLeaderError' })
  t.is((api.get(LEASE)?.['spec'] as { leaseTransitions: number }).leaseTransitions, 1)
  await second.end()
})

test('a process stopped past its lease writes nothing when it goes on, and ends', async (t) => {
  const api = new FakeApi()
  const first = candidate(api, 'first')
  await first.clock.advance(5_000)
  await first.write()
  // The first process is stopped: its clock does not move. The second one's does.
  const second = candidate(api, 'second')
  await second.clock.advance(leaseTimes.duration + 5_000)
  t.true(second.state.leads)
  // The first goes on. Its machine's clock went on while it stood.
  const writes = api.writes.length
  const going = first.clock.advance(20_000)
  await going
  t.false(first.leader.leads())
  await t.throwsAsync(first.write(), { name: 'NotLeaderError' })
  t.is(first.state.ended, 'lost')
  t.is(api.writes.filter(({ path }) => path.includes('widgets')).length, 1)
  t.true(api.writes.slice(writes).every(({ path }) => path === LEASE || path.includes('leases')))
  t.is((api.get(LEASE)?.['spec'] as { holderIdentity: string }).holderIdentity, 'second')
  await second.end()
})

test('an API server that is away longer than the renew deadline ends the leadership', async (t) => {
  const api = new FakeApi()
  const only = candidate(api, 'only')
  await only.clock.advance(5_000)
  t.true(only.leader.leads())
  api.fault = () => {
    throw new Error('connection refused')
  }
  await only.clock.advance(leaseTimes.renewDeadline + leaseTimes.retryPeriod)
  t.false(only.leader.leads())
  t.is(only.state.ended, 'lost')
})

test('a clock that was set back ends the right to write', async (t) => {
  const api = new FakeApi()
  let offset = 0
  const clock = new FakeClock()
  const shifted = { now: () => clock.now() + offset, sleep: clock.sleep, after: clock.after }
  const leader = createLeader({ client: createClient(api), clock: shifted, random: seededRandom(1), log: silentLog, namespace: 'n', name: 'l', identity: 'x' })
  await leader.acquire(new AbortController().signal)
  t.true(leader.leads())
  offset = -3_600_000
  t.false(leader.leads())
})
