import { installExternalNetwork } from '../../sandbox/external-network.ts'
import { MUTATING, VALIDATING, webhookConfigurations } from '../../webhooks/configuration.ts'
import { createAdmissionServer } from '../simulation/attacks/admission.ts'
import { createWorld, type World } from '../simulation/world.ts'
import type { Manifest } from './examples.ts'
import { customizations, type Health, healthOf } from './health.ts'
import { type Judged, kstatusOf } from './kstatus.ts'
import { liveOf, type Sync, targetOf } from './sync.ts'

export type GitCloud = World & {
  /** Syncs all of them, in this order. */
  sync: (how: Sync, manifests: readonly Manifest[]) => Promise<void>
  /** Lets time pass, a second at a time, until `check` holds; throws after ten minutes of the clock. */
  within: (check: () => Promise<boolean>) => Promise<void>
  /** The same until each of them is there and current. Throws, and says which are not. */
  untilCurrent: (manifests: readonly Manifest[]) => Promise<void>
  /** As Argo CD shows it. */
  health: (manifest: Manifest) => Promise<Health>
}

const script = customizations()['kumulus.dev/*']?.['health.lua'] ?? ''

/** A cloud in this process with its admission server up, and the platform's network of public addresses. */
export const startGitCloud = async (seed = 1): Promise<GitCloud> => {
  const admission = createAdmissionServer(true)
  const world = await createWorld({ seed, callWebhook: admission.call })
  const [validating, mutating] = webhookConfigurations({ url: 'https://127.0.0.1:9443' }, 'not asked for')
  await installExternalNetwork(world.client)
  await world.client.create(VALIDATING, validating)
  await world.client.create(MUTATING, mutating)
  admission.start(world.server, world.clock)
  await world.clock.advance(1000)
  const wanting = async (manifests: readonly Manifest[]) => {
    const states = await Promise.all(manifests.map(async manifest => {
      const live = await liveOf(world.client, manifest)
      if (live !== undefined && kstatusOf(live) === 'Current') return []
      return [`${manifest.kind} ${JSON.stringify(targetOf(manifest))} ${JSON.stringify((live as Judged | undefined)?.status)}`]
    }))
    return states.flat()
  }
  const within = async (check: () => Promise<boolean>) => {
    for (let seconds = 0; !(await check()); seconds++) {
      if (seconds === 600) throw new Error('what was waited for did not happen')
      await world.clock.advance(1000)
    }
  }
  return {
    ...world,
    within,
    sync: async (how, manifests) => {
      for (const manifest of manifests) await how(world.client, manifest)
    },
    untilCurrent: async manifests => within(async () => (await wanting(manifests)).length === 0).catch(async (error: unknown) => {
      throw new Error(`not current:\n${(await wanting(manifests)).join('\n')}`, { cause: error })
    }),
    health: async manifest => healthOf(script, await liveOf(world.client, manifest) ?? {}),
    stop: async () => {
      await admission.stop()
      await world.stop()
    },
  }
}
