import test from 'ava'
import fc from 'fast-check'
import { type InstanceState, isAllowed, nextState } from './state.ts'

const states: InstanceState[] = ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated']

/** EC2's life cycle, written down by hand. */
const allowed = new Set([
  'pending→running', 'pending→shutting-down', 'running→stopping', 'running→shutting-down', 'stopping→stopped', 'stopped→pending',
  'stopped→shutting-down', 'shutting-down→terminated',
])

for (const from of states) {
  for (const to of states) {
    test(`an instance ${allowed.has(`${from}→${to}`) ? 'may' : 'never'} go from ${from} to ${to}`, t => {
      t.is(isAllowed(from, to), allowed.has(`${from}→${to}`))
    })
  }
}

test('whatever a machine does, its instance reports allowed transitions only', t => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...states), { maxLength: 30 }), seen => {
    let state: InstanceState | undefined
    for (const actual of seen) {
      const next = nextState(state, actual)
      if (state !== undefined && next !== state && !isAllowed(state, next)) return false
      state = next
    }
    return true
  }))
  t.pass()
})

test('a report that is behind arrives, wherever a way leads', t => {
  const arrives = (from: InstanceState, actual: InstanceState): boolean => {
    let state = from
    for (let step = 0; step < states.length && state !== actual; step++) state = nextState(state, actual)
    return state === actual
  }
  const final = (state: InstanceState) => state === 'shutting-down' || state === 'terminated'
  for (const from of states) for (const actual of states) t.is(arrives(from, actual), !final(from) || from === actual || actual === 'terminated', `${from} ${actual}`)
})

test('a stop and a start that nobody saw are reported all the same', t => {
  t.is(nextState('running', 'pending'), 'stopping')
  t.is(nextState('stopping', 'pending'), 'stopped')
  t.is(nextState('stopped', 'pending'), 'pending')
  t.is(nextState('stopping', 'terminated'), 'stopped')
})
