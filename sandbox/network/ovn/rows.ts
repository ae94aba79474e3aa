import type { Value } from './ovsdb/values.ts'

/** One row that shall be in the Northbound database. */
export type Row = {
  table: string
  /** What the row is known by for as long as it exists, unique within its table. */
  key: string
  columns: Readonly<Record<string, Value>> & { external_ids?: { readonly entries: Readonly<Record<string, string>> } }
}

/** The tables whose rows a lab owns: what is in one of them and isn't wanted is deleted. */
export const OWNED_TABLES = [
  'Logical_Switch', 'Logical_Switch_Port', 'Logical_Router', 'Logical_Router_Port', 'Logical_Router_Static_Route', 'Logical_Router_Policy',
  'NAT', 'ACL', 'Port_Group', 'Address_Set', 'DHCP_Options', 'Load_Balancer', 'Gateway_Chassis', 'DNS',
] as const

/** Where a row's key is kept in the database, so that whoever comes after a crash knows it again. */
export const KEY = 'kumulus-row'
