import { prefixList, type PrefixList } from '../../../crds/v1alpha1/prefix-list.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { storedObject } from '../stored.ts'

export const prefixListInformer: InformerSpec<PrefixList> = { resource: prefixList, trim: storedObject }
