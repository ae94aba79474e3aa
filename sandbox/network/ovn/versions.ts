import type { Row } from './rows.ts'

/** The only tier that is reached where nothing passes packets on: NetworkPolicies, subnets' rules and security groups of Kube-OVN are in it. */
export const COMMON_TIER = 2

/**
 * The rows as a database with these columns can hold them. OVN before 23.06 knows no tiers of ACLs: there is one, and what Kube-OVN puts into a
 * later one besides is never reached, since nothing passes to it.
 * @throws Error for what would mean something else without tiers.
 */
export const fitToColumns = (rows: readonly Row[], columns: ReadonlyMap<string, ReadonlySet<string>>): readonly Row[] => {
  if (columns.get('ACL')?.has('tier') === true) return rows
  const unreached = new Set<string>()
  const kept = rows.filter((row) => {
    if (row.table !== 'ACL') return true
    const { tier = 0, action, match } = row.columns
    if (action === 'pass') throw new Error(`this OVN has no tiers that a rule could pass to: ${String(match)}`)
    if (tier === COMMON_TIER) return true
    if (Number(tier) < COMMON_TIER) throw new Error(`this OVN has no tiers, and a rule in tier ${String(tier)} must come before others: ${String(match)}`)
    unreached.add(row.key)
    return false
  })
  return kept.map((row) => {
    if (row.table === 'ACL') {
      const { tier: _, ...others } = row.columns
      return { ...row, columns: others }
    }
    const { acls } = row.columns
    if (!Array.isArray(acls)) return row
    return { ...row, columns: { ...row.columns, acls: acls.filter((acl) => typeof acl !== 'object' || !unreached.has(acl.key)) } }
  })
}
