import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Client } from '../../operator/runtime/client.ts'
import { isConflict } from '../../operator/runtime/client.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import { cdiCrds } from './cdi/crds.ts'
import { snapshotCrds } from './csi/crds.ts'
import { kubeOvnCrds } from './kube-ovn/crds.ts'
import { kubeVirtCrds } from './kubevirt/crds.ts'

const resource = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false }

/** The definitions that the stand-ins need, small ones of our own. */
export const ownCrds = [...kubeVirtCrds, ...cdiCrds, ...snapshotCrds, ...kubeOvnCrds]

type Definition = { apiVersion: string; kind: string; metadata: { name: string } } & Record<string, unknown>
type Live = { status?: { conditions?: { type: string; status: string }[] } }

/**
 * Installs the definitions and waits until they are served.
 * @param folder - upstream's own definitions (YAML files), to be installed instead of ours where it has them.
 */
export const installCrds = async (client: Client, clock: Clock, folder?: string): Promise<void> => {
  const upstream = folder === undefined ? [] : await readDefinitions(folder)
  const given = new Set(upstream.map(({ metadata }) => metadata.name))
  const definitions: Definition[] = [...upstream, ...ownCrds.filter(({ metadata }) => !given.has(metadata.name))]
  for (const definition of definitions) await client.create(resource, definition).catch(unlessThere)
  for (const { metadata } of definitions) await established(client, clock, metadata.name)
}

const unlessThere = (error: unknown): void => {
  if (!isConflict(error)) throw error
}

const readDefinitions = async (folder: string): Promise<Definition[]> => {
  const files = (await readdir(folder)).filter((file) => /\.ya?ml$/.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return texts
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJSON() as Definition | null))
    .filter((document): document is Definition => document?.kind === 'CustomResourceDefinition')
}

const established = async (client: Client, clock: Clock, name: string): Promise<void> => {
  for (;;) {
    const live = await client.get<Live>(resource, { name })
    if (live.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true) return
    await clock.sleep(50)
  }
}
