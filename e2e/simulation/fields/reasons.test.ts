import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { definitions } from '../../../crds/v1alpha1/index.ts'

const resources = new URL('../../../operator/resources/', import.meta.url)

/** `security-group` → `securitygroup`. */
const kindOfFolder = (folder: string): string => folder.replaceAll('-', '')

const reasonsIn = (folder: string): string[] => readdirSync(new URL(`${folder}/`, resources))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .flatMap((file) => [...readFileSync(new URL(`${folder}/${file}`, resources), 'utf8').matchAll(/\b(?:blocked|waiting)\('([A-Z]\w+)'/g)])
  .map(([, reason]) => reason ?? '')

const folders = readdirSync(resources, { withFileTypes: true }).filter((each) => each.isDirectory()).map(({ name }) => name)

for (const { kind, reasons } of definitions) {
  const folder = folders.find((each) => kindOfFolder(each) === kind.toLowerCase())
  if (folder !== undefined) {
    test(`every reason that a ${kind} gives is documented`, (t) => {
      t.deepEqual([...new Set(reasonsIn(folder))].filter((reason) => !Object.hasOwn(reasons, reason)), [])
    })
  }
}
