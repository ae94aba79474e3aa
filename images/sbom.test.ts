import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { bundle, type Bundles } from './bundle.ts'
import { noticesOf } from './licenses.ts'
import { filesOf, packagesIn } from './packages.ts'
import { programNames, type ProgramName } from './programs.ts'
import { sbomOf } from './sbom.ts'

type Component = { type: string; name: string; group?: string; version: string; 'bom-ref': string; purl: string; hashes: { alg: string; content: string }[]; licenses: object[] }
type Sbom = {
  bomFormat: string; specVersion: string; serialNumber: string; version: number
  metadata: { timestamp?: string; component: Component & { components: Component[] } }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const root = join(import.meta.dirname, '..')

let bundles: Bundles
const sboms = new Map<ProgramName, Sbom>()
test.before(async () => {
  bundles = await bundle()
  for (const program of programNames) sboms.set(program, sbomFor(program))
})

const sbomFor = (program: ProgramName, sourceDate?: number): Sbom => {
  const files = filesOf(program, bundles.metafile)
  const held = bundles.files.filter(({ path }) => files.includes(`dist/${path}`))
  return sbomOf({ program, version: '1.2.3', files: held, packages: packagesIn(files, bundles.metafile), sourceDate }) as unknown as Sbom
}

const versionOf = (folder: string): string => {
  const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string; version: string }
  return `${name} ${version}`
}

const nameOf = ({ group, name }: Component) => (group === undefined ? name : `${group}/${name}`)

/** What a program's files themselves say: esbuild writes the path of each module before what it took of it. */
const packagesSaidBy = (program: ProgramName): Set<string> => {
  const paths = new Set<string>()
  const look = (path: string) => {
    if (paths.has(path)) return
    paths.add(path)
    const text = Buffer.from(bundles.files.find((file) => file.path === path)?.contents ?? []).toString()
    for (const [, next = ''] of text.matchAll(/(?:from |import ?\(?)"(\.[^"]+\.js)"/g)) look(join(path, '..', next))
  }
  look(`${program}.js`)
  const texts = bundles.files.filter(({ path }) => paths.has(path)).map(({ contents }) => Buffer.from(contents).toString())
  return new Set(texts.flatMap((text) => [...text.matchAll(/^ *\/\/ (?:.*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S+$/gm)].map(([, name = '']) => name)))
}

for (const program of programNames) {
  test(`what is listed for the ${program} is what its files are made of`, (t) => {
    const { components } = sboms.get(program) as Sbom
    t.deepEqual([...new Set(components.map(nameOf))].sort(), [...packagesSaidBy(program)].sort())
    const installed = new Set(Object.keys(bundles.metafile.inputs).flatMap((source) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? []).map(versionOf))
    for (const component of components) t.true(installed.has(`${nameOf(component)} ${component.version}`), `${nameOf(component)} ${component.version}`)
  })

  test(`what is listed for the ${program} is what esbuild says it took`, (t) => {
    const { outputs } = bundles.metafile
    const files = (sboms.get(program) as Sbom).metadata.component.components.map(({ name }) => `dist/${name}`)
    const taken = files.flatMap((file) => Object.entries(outputs[file]?.inputs ?? {})).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    const names = taken.map(([source]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]).filter((name) => name !== undefined)
    t.deepEqual([...new Set((sboms.get(program) as Sbom).components.map(nameOf))].sort(), [...new Set(names)].sort())
    t.true(files.includes(`dist/${program}.js`))
    t.false(files.some((file) => programNames.some((other) => other !== program && file === `dist/${other}.js`)))
  })

  test(`the list of the ${program} is CycloneDX 1.6`, (t) => {
    const sbom = sboms.get(program) as Sbom
    t.like(sbom, { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 })
    t.regex(sbom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const refs = [sbom.metadata.component, ...sbom.components].map((component) => component['bom-ref'])
    t.is(new Set(refs).size, refs.length, 'every bom-ref is given once')
    t.deepEqual(sbom.dependencies.map(({ ref }) => ref).sort(), [...refs].sort())
    for (const { dependsOn } of sbom.dependencies) for (const ref of dependsOn) t.true(refs.includes(ref), ref)
    for (const component of sbom.components) {
      t.like(component, { type: 'library' })
      t.regex(component.purl, /^pkg:npm\/(%40[a-z0-9-]+\/)?[A-Za-z0-9._-]+@\d+\.\d+\.\d+/)
      t.is(component.licenses.length, 1, component.name)
    }
    for (const { alg, content } of [...sbom.components, ...sbom.metadata.component.components].flatMap(({ hashes }) => hashes)) {
      t.regex(content, alg === 'SHA-256' ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{128}$/, alg)
    }
  })
}

test('the admission server answers by express, which the operator has nothing of', (t) => {
  const has = (program: ProgramName, name: string) => (sboms.get(program) as Sbom).components.some((component) => nameOf(component) === name)
  t.true(has('admission', 'express'))
  t.false(has('operator', 'express'))
})

test('a list is dated by the source, and another date is another list', (t) => {
  t.is(sbomFor('operator').metadata.timestamp, undefined)
  t.is(sbomFor('operator', 1_795_000_000).metadata.timestamp, '2026-11-18T11:06:40.000Z')
  t.is(sbomFor('operator', 1_795_000_000).serialNumber, sbomFor('operator', 1_795_000_000).serialNumber)
  t.not(sbomFor('operator', 1_795_000_000).serialNumber, sbomFor('operator').serialNumber)
})

test('every bundled package comes with its notice', (t) => {
  const packages = packagesIn(Object.keys(bundles.metafile.outputs), bundles.metafile)
  const notices = noticesOf(packages)
  for (const { name, version, license } of packages) t.true(notices.includes(`\n${name} ${version}, ${license}\n`), name)
  // The Unlicense asks for no notice; what does ask for one has it.
  const without = packages.filter((each) => noticesOf([each]).includes('no file with its license'))
  t.deepEqual(without.map(({ license }) => license).filter((license) => license !== 'Unlicense'), [])
})

test('a package whose license nobody has accepted is not bundled', (t) => {
  const [some] = packagesIn(Object.keys(bundles.metafile.outputs), bundles.metafile)
  t.truthy(some)
  if (some !== undefined) t.throws(() => noticesOf([{ ...some, name: 'viral', license: 'AGPL-3.0-only' }]), { message: /viral \(AGPL-3\.0-only\)/ })
})
