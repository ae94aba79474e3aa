import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { customResourceDefinitionOf } from '../../../crds/generation/custom-resource-definition.ts'
import { everyDefinition } from '../../../crds/v1alpha1/index.ts'
import type { SimulatedDisk } from '../../../sandbox/disks/simulated.ts'
import { ownCrds } from '../../../sandbox/stand-ins/install-crds.ts'
import { type Cloud, type CloudOptions, type SavedCloud, startCloud } from '../cloud.ts'

/**
 * What a release of Kumulus stored, kept for ever: a cloud at rest, every object in it as it was, disks and guests too. Only the definitions are
 * those of today, as after an upgrade.
 */
type Kept = Pick<SavedCloud, 'now' | 'state' | 'guests'> & { disks: [string, SimulatedDisk][] }

const folder = new URL('.', import.meta.url)
const definitionsBucket = 'apiextensions.k8s.io/customresourcedefinitions'

/** Versions of which there is such a cloud. */
export const releases = (): string[] => readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))

export const readRelease = (version: string): SavedCloud => {
  const { disks, state, ...kept } = JSON.parse(readFileSync(new URL(`${version}.json`, folder), 'utf8')) as Kept
  const today = new Map([...everyDefinition.map(customResourceDefinitionOf), ...ownCrds].map((each) => [each.metadata.name, each.spec]))
  const objects = state.objects.flatMap(([bucket, key, object]) => {
    const spec = today.get(`${object.metadata['name']}`)
    return bucket !== definitionsBucket ? [[bucket, key, object] as const] : spec === undefined ? [] : [[bucket, key, { ...object, spec }] as const]
  })
  return { ...kept, disks: new Map(disks), state: { revision: state.revision, objects } }
}

/** A cloud that a release left, as an upgrade leaves it before anybody acts: with today's definitions, also those that the release did not know. */
export const startUpgraded = async (version: string, options: Omit<CloudOptions, 'from'> = {}): Promise<Cloud> => {
  const from = readRelease(version)
  const cloud = await startCloud({ ...options, from })
  const there = new Set(from.state.objects.filter(([bucket]) => bucket === definitionsBucket).map(([, key]) => key))
  for (const definition of everyDefinition.map(customResourceDefinitionOf)) {
    if (!there.has(`/${definition.metadata.name}`)) await cloud.client.create(definitionsResource, definition)
  }
  return cloud
}

const definitionsResource = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}

/** One object a line: so a difference can be read. */
export const writeRelease = (version: string, { now, state, disks, guests }: SavedCloud): void => {
  const objects = state.objects.filter(([bucket]) => !bucket.endsWith('/events')).map(([bucket, key, object]) => {
    const { spec: _, ...named } = object as typeof object & { spec?: unknown }
    return JSON.stringify([bucket, key, bucket === definitionsBucket ? named : object])
  })
  const rest = { now, disks: [...disks], guests }
  writeFileSync(new URL(`${version}.json`, folder),
    `${JSON.stringify(rest).slice(0, -1)},"state":{"revision":${state.revision},"objects":[\n${objects.join(',\n')}\n]}}\n`)
}
