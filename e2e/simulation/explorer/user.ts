import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { NewObject, ResourceType } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { isNotFound } from '../../../operator/runtime/client.ts'
import type { Client } from '../../../operator/runtime/client.ts'
import type { Random } from '../../../operator/runtime/random.ts'
import type { Cloud } from '../cloud.ts'
import { account, type Named, type Stored, type User } from './scenario.ts'
import { bucketOf, type View } from './view.ts'

export type UserOptions = {
  client: Client
  cloud: Pick<Cloud, 'clock' | 'hypervisor'>
  view: View
  /** Where given, what is done in one moment is done in an order drawn from it. */
  random: Random | undefined
}

/** How long a user waits for anything, in milliseconds. */
const patience = 3_600_000

export const createUser = ({ client, cloud, view, random }: UserOptions): User => {
  const { clock } = cloud
  const find = (kind: string, name: string) => view.get(bucketOf(kind), storageKey(kind, name))
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
    find,
    until,
    apply: async (...manifests) => {
      for (const { kind, name, spec, annotations } of shuffled(manifests, random)) {
        const resource = resourceOf(kind)
        const metadata = { ...target(resource, name), ...annotations === undefined ? {} : { annotations } }
        const object: NewObject & { spec: object } = { apiVersion: apiVersionOf(resource), kind, metadata, spec }
        await client.apply(resource, object, { fieldManager: 'user', force: true })
      }
    },
    remove: async (...targets: readonly Named[]) => {
      for (const { kind, name } of shuffled(targets, random)) {
        await client.delete(resourceOf(kind), target(resourceOf(kind), name)).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      }
    },
    pass: (ms) => clock.advance(ms),
    inState: (kind, name, state) => until(`${kind} ${name} to be ${state}`, () => stateOf(find(kind, name)) === state),
    gone: (kind, name) => until(`${kind} ${name} to be gone`, () => find(kind, name) === undefined),
    shutDownGuest: (instance) => cloud.hypervisor.guestShutdown(view.get('kubevirt.io/virtualmachineinstances', `${account}/${instance}`)?.metadata.uid ?? ''),
  }
}

/** What the user waited for did not come about. */
export class StuckError extends Error {
  override readonly name = 'StuckError'
}

const stateOf = (object: Stored | undefined): unknown => object?.status?.['state'] ?? object?.status?.['phase']

const resourceOf = (kind: string): ResourceType => {
  const found = definitions.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return found
}

const target = ({ namespaced }: ResourceType, name: string) => (namespaced ? { name, namespace: account } : { name })

const storageKey = (kind: string, name: string): string => `${resourceOf(kind).namespaced ? account : ''}/${name}`

const shuffled = <T>(items: readonly T[], random: Random | undefined): readonly T[] => {
  if (random === undefined) return items
  const left = [...items]
  for (let at = left.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [a, b] = [left[at] as T, left[other] as T]
    left[at] = b
    left[other] = a
  }
  return left
}
