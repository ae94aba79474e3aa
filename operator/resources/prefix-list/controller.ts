import type { PrefixList, PrefixListStatus } from '../../../crds/v1alpha1/prefix-list.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { isRedefined } from '../change.ts'
import { listsReferredTo, securityGroupInformer } from '../security-group/store.ts'
import { siblingKey } from '../stored.ts'
import { inUse } from '../waiting-for.ts'
import { observePrefixList, type PrefixListFacts } from './observe.ts'
import { prefixListStatus } from './status.ts'
import { prefixListInformer } from './store.ts'

/** PrefixList → nothing of its own: the groups that name it write its blocks into what they become. It waits for them to let go of it. */
export const prefixListController = (_settings: OperatorSettings): Kind<PrefixList, PrefixListFacts, PrefixListStatus> => ({
  name: 'prefix-list',
  informer: prefixListInformer,
  finalizer: 'kumulus.dev/prefix-list',
  watches: [
    watch(securityGroupInformer, (group, _cache, previous) => !isRedefined(group, previous) ? []
      : [group, ...previous === undefined ? [] : [previous]].flatMap(each => listsReferredTo(each).map(name => siblingKey(each, name)))),
  ],
  observe: observePrefixList,
  steps: {},
  finalize: {
    users: ({ facts: { users } }) => users.length === 0 ? ready : inUse(users),
  },
  status: prefixListStatus,
})
