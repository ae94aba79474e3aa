import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { programNames } from './programs.ts'

const main = join(import.meta.dirname, 'main.ts')

let folder: string
const build = (name: string, sourceDate: string) => {
  execFileSync(process.execPath, [main, join(folder, name)], { env: { ...process.env, SOURCE_DATE_EPOCH: sourceDate } })
  return contentsOf(join(folder, name))
}

/** Path, kind, mode, time and bytes of everything in a folder. */
const contentsOf = (tree: string): Record<string, string> => Object.fromEntries(
  ['', ...readdirSync(tree, { recursive: true, encoding: 'utf8' })].sort().map((path) => {
    const stat = statSync(join(tree, path))
    const bytes = stat.isDirectory() ? 'folder' : createHash('sha256').update(readFileSync(join(tree, path))).digest('hex')
    return [path, `${stat.mode.toString(8)} ${stat.mtimeMs} ${bytes}`]
  }),
)

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kumulus-tree-'))
})
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

test.serial('made twice of the same source it is the same: names, bytes, modes and times, whatever was there before', (t) => {
  const first = build('tree', '1795000000')
  for (const program of programNames) t.regex(first[`${program}.js`] ?? '', /^100644 1795000000000 /)
  t.regex(first['sbom'] ?? '', /^40755 1795000000000 folder/)
  execFileSync('touch', [join(folder, 'tree/left-behind.js')])
  t.deepEqual(build('tree', '1795000000'), first)
})

test.serial('of another day only the times differ, and the lists that name them', (t) => {
  const bytes = (tree: Record<string, string>) => Object.fromEntries(Object.entries(tree).map(([path, text]) => [path, text.split(' ').at(-1)]))
  const [one, other] = [bytes(contentsOf(join(folder, 'tree'))), bytes(build('other', '1795000001'))]
  const differing = Object.keys(one).filter((path) => one[path] !== other[path])
  t.deepEqual(differing.sort(), programNames.map((program) => `sbom/${program}.cdx.json`).sort())
  t.deepEqual(Object.keys(one), Object.keys(other))
})

test('a date that is none is refused with what it should be', (t) => {
  const { status, stderr } = spawnSync(process.execPath, [main, join(folder, 'never')], { env: { ...process.env, SOURCE_DATE_EPOCH: 'yesterday' }, encoding: 'utf8' })
  t.is(status, 2)
  t.regex(stderr, /SOURCE_DATE_EPOCH is "yesterday": write seconds since 1970/)
})
