/** What a column of a database holds, as RFC 7047 (section 5.1) writes it in JSON. */
export type Wire = string | number | boolean | ['uuid' | 'named-uuid', string] | ['set', Wire[]] | ['map', [Wire, Wire][]]

/** A row that other rows name, by the key that it has among those of its table. */
export type Reference = { table: string; key: string }

export type Atom = string | number | boolean | Reference

/** A column as rows are described here: an atom, a set, or a map. */
export type Value = Atom | readonly Atom[] | { readonly entries: Readonly<Record<string, string>> }

export const referenceTo = (table: string, key: string): Reference => ({ table, key })

export const mapOf = (entries: Readonly<Record<string, string>>): { entries: Readonly<Record<string, string>> } => ({ entries })

export const isReference = (value: Value): value is Reference => typeof value === 'object' && 'table' in value

const isSet = (value: Value): value is readonly Atom[] => Array.isArray(value)

/** Writes a value. `resolve` says by which name or UUID a row is known in the transaction. */
export const toWire = (value: Value, resolve: (reference: Reference) => Wire): Wire => {
  if (typeof value !== 'object') return value
  if ('table' in value) return resolve(value)
  // Arrays have `entries` as well.
  if (isSet(value)) return ['set', value.map((atom) => (isReference(atom) ? resolve(atom) : atom))]
  return ['map', Object.entries(value.entries)]
}

/** The members of a column, whether the server wrote one bare or several as a set. */
export const members = (wire: Wire): Wire[] => (Array.isArray(wire) && wire[0] === 'set' ? wire[1] : [wire])

/** Text that is the same for two values exactly when they mean the same: sets and maps have no order, and a set of one is its member. */
export const canonical = (wire: Wire): string => {
  if (!Array.isArray(wire)) return JSON.stringify(wire)
  if (wire[0] === 'map') return `{${wire[1].map((pair) => pair.map(canonical).join(':')).sort().join()}}`
  if (wire[0] !== 'set') return `<${wire[1]}>`
  const [only, ...others] = wire[1]
  return only !== undefined && others.length === 0 ? canonical(only) : `[${wire[1].map(canonical).sort().join()}]`
}
