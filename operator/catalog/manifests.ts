import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { NewObject } from '../../crds/kubernetes.ts'
import { instanceType } from '../../crds/v1alpha1/instance-type.ts'
import { volumeType } from '../../crds/v1alpha1/volume-type.ts'
import { UsageError } from '../flags.ts'

/** An InstanceType or a VolumeType that the platform offers. A VolumeType may leave out its StorageClass: it is then the cluster's default one. */
export type CatalogEntry = NewObject & { metadata: { name: string }; spec: Record<string, unknown> }

const KINDS: readonly string[] = [instanceType.kind, volumeType.kind]

/** @throws UsageError that says what is wrong with the file. */
export const readCatalog = (file: string): CatalogEntry[] => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--catalog ${file}: ${(error as Error).message}`)
  }
  return parseAllDocuments(text).map((document) => document.toJS() as Partial<CatalogEntry> | null).filter((each) => each !== null).map((entry) => {
    if (KINDS.includes(entry.kind ?? '') && entry.metadata?.name !== undefined && entry.spec !== undefined) return entry as CatalogEntry
    throw new UsageError(`--catalog ${file}: ${entry.kind ?? 'a document'} ${entry.metadata?.name ?? ''}: write InstanceTypes and VolumeTypes with a name and a spec`)
  })
}
