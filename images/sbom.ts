import { createHash } from 'node:crypto'
import type { BundledPackage } from './packages.ts'
import type { ProgramName } from './programs.ts'

type Contents = { path: string; contents: Uint8Array }

export type SbomOptions = {
  program: ProgramName
  version: string
  /** What the program consists of. */
  files: readonly Contents[]
  packages: readonly BundledPackage[]
  /** Seconds since 1970; left out, the document names no time. */
  sourceDate: number | undefined
}

/**
 * What a program is made of, as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/). Made of the same parts it is the same to the byte:
 * its serial number is drawn from its contents.
 */
export const sbomOf = ({ program, version, files, packages, sourceDate }: SbomOptions): Record<string, unknown> => {
  const self = `kumulus-${program}@${version}`
  const content = {
    metadata: {
      ...(sourceDate === undefined ? {} : { timestamp: new Date(sourceDate * 1000).toISOString() }),
      component: { type: 'application', 'bom-ref': self, name: `kumulus-${program}`, version, licenses: [{ license: { id: 'Apache-2.0' } }], components: files.map(fileComponent) },
    },
    components: distinct(packages).map(packageComponent),
    dependencies: [{ ref: self, dependsOn: distinct(packages).map(({ purl }) => purl) }, ...edges(packages)],
  }
  return { $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: serialOf(content), version: 1, ...content }
}

/** The same package at two places is one package. */
const distinct = (packages: readonly BundledPackage[]): BundledPackage[] => [...new Map(packages.map((each) => [each.purl, each])).values()]

const fileComponent = ({ path, contents }: Contents) => ({
  type: 'file', name: path, hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(contents).digest('hex') }],
})

const packageComponent = ({ name, version, license, integrity, purl }: BundledPackage) => {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
  return {
    type: 'library', 'bom-ref': purl, ...(scope === undefined ? {} : { group: scope }),
    name: scope === undefined ? name : name.slice(scope.length + 1), version,
    hashes: integrity.split(' ').map(hashOf), licenses: [license.includes(' ') ? { expression: license } : { license: { id: license } }], purl,
  }
}

const ALGORITHMS: Readonly<Record<string, string>> = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }

const hashOf = (integrity: string) => {
  const [algorithm = '', digest = ''] = integrity.split(/-(.*)/s)
  return { alg: ALGORITHMS[algorithm], content: Buffer.from(digest, 'base64').toString('hex') }
}

const edges = (packages: readonly BundledPackage[]) => {
  const purls = new Map(packages.map(({ path, purl }) => [path, purl]))
  const byPurl = Map.groupBy(packages, ({ purl }) => purl)
  return [...byPurl].map(([ref, same]) => ({
    ref, dependsOn: [...new Set(same.flatMap(({ imports }) => imports.map((path) => purls.get(path) ?? '')))].filter((each) => each !== ref).sort(),
  }))
}

const serialOf = (content: unknown): string => {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const variant = '89ab'[Number.parseInt(hash[16] ?? '0', 16) % 4]
  return `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
