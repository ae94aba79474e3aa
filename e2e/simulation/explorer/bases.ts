/** Clouds to begin with, each set up once a process and gone on from as often as one likes. */
import { createClient } from '../../../operator/runtime/client.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import type { Cloud, SavedCloud } from '../cloud.ts'
import { admin, startCloud } from '../cloud.ts'
import { quickstart } from '../instance-cloud.ts'
import { startOperatorProcess } from '../operator-process.ts'
import { account, type Manifest } from './scenario.ts'
import { timings } from './timings.ts'
import { createUser } from './user.ts'
import { createView } from './view.ts'

/** `empty`: an account and nothing in it. `prepared`: what the quickstart applies before its Instance, with the image available. */
export type BaseName = 'empty' | 'prepared'

/** What goes on from a cloud draws its UIDs from another seed than that did. Plans' own seeds are smaller. */
const seeds: Readonly<Record<BaseName, number>> = { empty: 1_000_001, prepared: 1_000_002 }

export const quickstartManifests: readonly Manifest[] = quickstart.map(([kind, name, spec]) => ({ kind, name, spec }))

const made = new Map<BaseName, Promise<SavedCloud>>()

export const baseCloud = (name: BaseName): Promise<SavedCloud> => {
  const known = made.get(name) ?? makers[name]()
  made.set(name, known)
  return known
}

const empty = async (): Promise<SavedCloud> => {
  const cloud = await startCloud({ timings, seed: seeds.empty })
  await cloud.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account } })
  return saved(cloud)
}

const prepared = async (): Promise<SavedCloud> => {
  const base = await baseCloud('empty')
  const cloud = await startCloud({ from: base, timings, seed: seeds.prepared })
  const operator = startOperatorProcess(cloud.server, cloud.clock, {})
  const user = createUser({ client: createClient(inProcessTransport(cloud.server, admin)), cloud, view: createView(base.state, cloud.server), random: undefined })
  await user.apply(...quickstartManifests)
  await user.inState('Image', 'linux', 'available')
  await cloud.clock.advance(60_000)
  operator.crash()
  return saved(cloud)
}

const makers: Readonly<Record<BaseName, () => Promise<SavedCloud>>> = { empty, prepared }

const saved = async (cloud: Cloud): Promise<SavedCloud> => {
  await cloud.clock.advance(1000)
  const state = cloud.save()
  await cloud.stop()
  return state
}

const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
