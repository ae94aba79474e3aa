/** The manifests of examples/, as one file or all of them bring them. */
import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { NewObject } from '../../crds/kubernetes.ts'

export type Manifest = NewObject & { metadata: { name: string; namespace?: string }; spec?: Record<string, unknown> }

const folder = new URL('../../examples/', import.meta.url)

/** @param file - a path in examples/. */
export const manifestsOf = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map(document => document.toJS() as Manifest | null).filter(manifest => manifest !== null)

/** Files in a folder of examples/, without those in folders of it, as `kubectl apply -f` takes them. */
export const filesIn = (path = ''): string[] =>
  readdirSync(new URL(path, folder)).filter(name => name.endsWith('.yaml')).sort().map(name => `${path}${name}`)

/** A network as a whole: what the platform has to have first, and then the account's, of which every file needs the others. */
export const networkFiles = (): string[] => [...filesIn('network/platform/'), ...filesIn('network/')]

/** Disks, without what another account makes of those that are shared with it: it can name them only then. */
export const storageFiles = (): string[] => [...filesIn('storage/platform/'), ...filesIn('storage/')]

/** What `kubectl apply` takes with each folder of the examples: two of accounts' networks and disks beside those for the quickstart. */
export const allFiles = (): string[] => [...filesIn(), ...networkFiles(), ...storageFiles()]

/** Files as one list. @param source - where every image that comes from a web server is to come from. */
export const asList = (files: readonly string[], source: object): { apiVersion: string; kind: string; items: Manifest[] } => {
  const local = (manifest: Manifest): Manifest => (comesByWeb(manifest) ? { ...manifest, spec: { ...manifest.spec, source } } : manifest)
  return { apiVersion: 'v1', kind: 'List', items: files.flatMap(manifestsOf).map(local) }
}

/** All of them. */
export const allExamples = (source: object): ReturnType<typeof asList> => asList(allFiles(), source)

const comesByWeb = ({ kind, spec }: Manifest): boolean => kind === 'Image' && (spec?.['source'] as { http?: object } | undefined)?.http !== undefined

/** What all other examples go with. */
export const basis = 'quickstart.yaml'

/** The folder of one account that the ApplicationSet takes, in the namespace of its name. */
export const accountManifests = (): Manifest[] =>
  filesIn('argocd/accounts/team-red/').flatMap(manifestsOf).map(manifest => ({ ...manifest, metadata: { namespace: 'team-red', ...manifest.metadata } }))
