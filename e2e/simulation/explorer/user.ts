import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { NewObject, ResourceType } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { isNotFound } from '../../../operator/runtime/client.ts'
import type { Client } from '../../../operator/runtime/client.ts'
import type { Random } from '../../../operator/runtime/random.ts'
import type { Cloud } from '../cloud.ts'
import { shuffled } from './sampled.ts'
import { account, type Named, type Stored, type User } from './scenario.ts'
import { bucketOf, type View } from './view.ts'

export type UserOptions = {
  client: Client
  cloud: Pick<Cloud, 'clock' | 'hypervisor' | 'disks'>
  view: View
  /** Where given, what is done in one moment is done in an order drawn from it. */
  random: Random | undefined
  restartOperator: () => void
}

/** How long a user waits for anything, in milliseconds. */
const patience = 3_600_000

export const createUser = ({ client, cloud, view, random, restartOperator }: UserOptions): User => {
  const { clock } = cloud
  const find = (kind: string, name: string, namespace?: string) => view.get(bucketOf(kind), storageKey(kind, name, namespace))
  const until = async (what: string, check: () => boolean) => {
    const end = clock.now() + patience
    await clock.advance(0)
    while (!check()) {
      const { next } = clock
      if (next === undefined || next > end) throw new StuckError(`waited in vain for ${what}`)
      await clock.advance(next - clock.now())
    }
  }
  return {
    find, until, restartOperator, client,
    stored: view.get,
    ...changes(client, random),
    pass: (ms) => clock.advance(ms),
    inState: (kind, name, state, namespace) => until(`${kind} ${name} to be ${state}`, () => stateOf(find(kind, name, namespace)) === state),
    becomes: (kind, name, reason, namespace) => until(`${kind} ${name} to become ${reason}`, () => reasonOf(find(kind, name, namespace)) === reason),
    gone: (kind, name, namespace) => until(`${kind} ${name} to be gone`, () => find(kind, name, namespace) === undefined),
    shutDownGuest: (instance) => cloud.hypervisor.guestShutdown(view.get('kubevirt.io/virtualmachineinstances', `${account}/${instance}`)?.metadata.uid ?? ''),
    deleteLauncher: (instance) => client.delete(pods, { namespace: account, name: launcherOf(view, instance) }).then(() => {}),
    failDisks: cloud.disks.fail,
  }
}

const pods: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }

const launcherOf = (view: View, instance: string): string => [...view.bucket('/pods').values()].find(({ metadata }) =>
  metadata.namespace === account && metadata.labels?.['kumulus.dev/owner-name'] === instance && metadata.deletionTimestamp === undefined)?.metadata.name ?? ''

const changes = (client: Client, random: Random | undefined): Pick<User, 'apply' | 'remove'> => ({
  apply: async (...manifests) => {
    for (const { kind, name, namespace, spec, annotations } of inOrder(manifests, random)) {
      const resource = resourceOf(kind)
      const metadata = { ...target(resource, name, namespace), ...annotations === undefined ? {} : { annotations } }
      const object: NewObject & { spec: object } = { apiVersion: apiVersionOf(resource), kind, metadata, spec }
      await client.apply(resource, object, { fieldManager: 'user', force: true })
    }
  },
  remove: async (...targets: readonly Named[]) => {
    for (const { kind, name, namespace } of inOrder(targets, random)) {
      await client.delete(resourceOf(kind), target(resourceOf(kind), name, namespace)).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }
  },
})

/** What the user waited for did not come about. */
export class StuckError extends Error {
  override readonly name = 'StuckError'
}

const stateOf = (object: Stored | undefined): unknown => object?.status?.['state'] ?? object?.status?.['phase']

const reasonOf = (object: Stored | undefined): string | undefined =>
  (object?.status?.['conditions'] as { type: string; reason: string }[] | undefined)?.find(({ type }) => type === 'Ready')?.reason

const resourceOf = (kind: string): ResourceType => {
  const found = definitions.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return found
}

const target = ({ namespaced }: ResourceType, name: string, namespace = account) => (namespaced ? { name, namespace } : { name })

const storageKey = (kind: string, name: string, namespace = account): string => `${resourceOf(kind).namespaced ? namespace : ''}/${name}`

const inOrder = <T>(items: readonly T[], random: Random | undefined): readonly T[] => (random === undefined ? items : shuffled(items, random))
