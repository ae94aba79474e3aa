import type { Definition } from '../definition.ts'

/** Every condition reason of all kinds as a Markdown table: what it means, and which kinds give it. */
export const reasonsOf = (definitions: readonly Definition[]): string => {
  const rows = new Map<string, { reason: string; meaning: string; kinds: string[] }>()
  for (const { kind, reasons } of definitions) {
    for (const [reason, meaning] of Object.entries(reasons)) {
      const key = `${reason} ${meaning}`
      const row = rows.get(key) ?? { reason, meaning, kinds: [] }
      rows.set(key, { ...row, kinds: [...row.kinds, kind] })
    }
  }
  const shown = [...rows.values()].sort((a, b) => (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0)).map(({ reason, meaning, kinds }) =>
    `| \`${reason}\` | ${kinds.length === definitions.length ? 'all' : kinds.join(', ')} | ${meaning.replaceAll('|', '\\|')} |`)
  return ['| Reason | Kinds | Meaning and what to do |', '|---|---|---|', ...shown, ''].join('\n')
}
