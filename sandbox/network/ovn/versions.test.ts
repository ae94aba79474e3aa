import test from 'ava'
import { referenceTo } from './ovsdb/values.ts'
import type { Row } from './rows.ts'
import { fitToColumns } from './versions.ts'

const acl = (key: string, tier: number, action = 'drop'): Row => ({ table: 'ACL', key, columns: { tier, action, priority: 1, match: 'ip', direction: 'to-lport' } })
const group = (...acls: string[]): Row => ({ table: 'Port_Group', key: 'g', columns: { name: 'g', acls: acls.map((key) => referenceTo('ACL', key)) } })
const old = new Map([['ACL', new Set(['action'])]])
const current = new Map([['ACL', new Set(['action', 'tier'])]])

test('an OVN with tiers is told everything', (t) => {
  const rows = [acl('a', 2), acl('b', 3), group('a', 'b')]
  t.is(fitToColumns(rows, current), rows)
})

test('an OVN without tiers is told no tier, and nothing of one that is never reached', (t) => {
  const [kept, parent, ...others] = fitToColumns([acl('a', 2), acl('b', 3), group('a', 'b')], old)
  t.false('tier' in (kept?.columns ?? { tier: 0 }))
  t.deepEqual(parent, group('a'))
  t.deepEqual(others, [])
})

test('what would mean something else without tiers is refused', (t) => {
  t.throws(() => fitToColumns([acl('a', 1)], old), { message: /a rule in tier 1 must come before others: ip/ })
  t.throws(() => fitToColumns([acl('a', 2, 'pass')], old), { message: /no tiers that a rule could pass to: ip/ })
})
