import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseAllDocuments, stringify } from 'yaml'

/**
 * Compares objects with a file of YAML documents beside a test. `UPDATE_GOLDEN=1` writes the file instead: read the difference before you commit
 * it. Returns both sides for the test's own assertion.
 * @param directory - `import.meta.dirname` of the test.
 */
export const golden = (directory: string, name: string, ...objects: readonly object[]): { actual: unknown[]; expected: unknown[] } => {
  const file = `${directory}/golden/${name}.yaml`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, objects.map(object => stringify(object, { lineWidth: 0 })).join('---\n'))
  const expected = existsSync(file) ? parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as unknown) : []
  return { actual: objects.map(object => JSON.parse(JSON.stringify(object)) as unknown), expected }
}
