import type { KubeObject } from '../../../../crds/kubernetes.ts'
import { controllers, type Registration } from '../../../../operator/controllers.ts'
import type { Kind } from '../../../../operator/runtime/kind.ts'
import type { ApiRequest, ApiResponse, Transport } from '../../../../operator/runtime/transport.ts'
import type { OperatorSettings } from '../../../../operator/settings.ts'
import type { Run } from '../history.ts'
import type { Mutation } from '../operators.ts'
import type { oracles } from '../oracles/index.ts'
import type { Perturbation } from '../plan.ts'

/** An operator with one bug in it, such as others have had, and what shows it. */
export type Mutant = {
  /** The bug, in words. */
  bug: string
  mutation: Mutation
  scenario: string
  /** What goes wrong beside, at which of the writes of a run in which nothing does; left out where the scenario alone shows the bug. */
  perturbations?: (reference: Run) => readonly Perturbation[]
  /** Where a bug moves the writes of a run about: of these, one shows it. */
  oneOf?: readonly (readonly Perturbation[])[]
  /** One of the oracles that tell. */
  caughtBy: keyof typeof oracles
}

/** Number of the first write to a path that ends so, or of the last. */
export const writeTo = ({ writes }: Run, path: RegExp, which: 'first' | 'last' = 'first'): number => {
  const found = writes.flatMap((write, index) => (path.test(write.path) ? [index + 1] : []))
  const number = found.at(which === 'first' ? 0 : -1)
  if (number === undefined) throw new Error(`nothing is written to ${path.source}`)
  return number
}

type AnyKind = Kind<KubeObject, Record<string, unknown>, object>

/** Our kinds with one of them changed. */
export const withKind = (name: string, change: (kind: AnyKind) => AnyKind): Mutation => ({
  kinds: (settings: OperatorSettings): readonly Registration[] => controllers(settings).map((each) => (each.kind !== name ? each : {
    ...each,
    register: (runtime) => each.register({ ...runtime, kind: (kind) => runtime.kind(change(kind as unknown as AnyKind) as unknown as typeof kind) }),
  })),
})

/** An operator whose requests are changed on their way, or answered by somebody else. */
export const withRequests = (handle: (request: ApiRequest, next: Transport['request']) => Promise<ApiResponse>): Mutation =>
  ({ wrap: (transport) => ({ ...transport, request: (request) => handle(request, transport.request) }) })

type Metadata = Record<string, unknown>

export const bodyOf = ({ body }: ApiRequest): Record<string, unknown> & { metadata?: Metadata } => (body ?? {}) as Record<string, unknown>

export const isApply = ({ contentType }: ApiRequest): boolean => contentType === 'application/apply-patch+yaml'

export const without = (object: object | undefined, ...names: readonly string[]): Metadata =>
  Object.fromEntries(Object.entries(object ?? {}).filter(([name]) => !names.includes(name)))

/** The object as it is stored, as an answer. */
export const asItIs = ({ path }: ApiRequest, next: Transport['request']): Promise<ApiResponse> =>
  next({ method: 'GET', path: path.replace(/\/status$/, '') })
