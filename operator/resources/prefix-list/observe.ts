import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { PrefixList } from '../../../crds/v1alpha1/prefix-list.ts'
import type { Cache } from '../../runtime/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { titleOf } from '../waiting-for.ts'

export type PrefixListFacts = {
  id: string
  /** Who keeps the list from being deleted, by title. Groups that are on their way out keep nobody. */
  users: readonly string[]
}

export const observePrefixList = (list: PrefixList, cache: Cache): PrefixListFacts => ({
  id: idOf(idPrefixes.prefixList, list.metadata.uid),
  users: cache.of(securityGroupInformer).by('prefixList', keyOf(list.metadata))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => titleOf('SecurityGroup', metadata.name)).sort(),
})
