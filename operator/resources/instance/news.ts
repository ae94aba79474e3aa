import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Cache } from '../../runtime/store.ts'
import { isRedefined } from '../change.ts'
import { siblingKey } from '../stored.ts'
import { instanceInformer } from './store.ts'

export const keysBy = (index: string, value: string, cache: Cache): readonly string[] => cache.of(instanceInformer).keysBy(index, value)

/** Those whom one that has gone may have kept waiting: for its address, or for any at all. */
export const withoutAddress = (gone: KubeObject, subnet: string, cache: Cache): readonly string[] => keysBy('unplaced', siblingKey(gone, subnet), cache)

/**
 * Whether a change of what instances refer to means nothing to them: a group's count of members moves with every one of its instances, and would
 * bring all of them back each time.
 */
export const isSame = (object: Referred, previous: Referred | undefined): boolean =>
  previous !== undefined && !isRedefined(object, previous) && isReady(previous) === isReady(object)

type Referred = KubeObject & { status?: { state?: string; conditions?: readonly { type: string; status: string }[] } | undefined }

const isReady = ({ status }: Referred): string =>
  `${status?.state ?? ''}/${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? ''}`
