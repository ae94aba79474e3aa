import type { PublicIPPool, PublicIPPoolStatus } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { ovnEipInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnEip } from '../../providers/kube-ovn/external-resources.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, counted, isRedefined } from '../change.ts'
import { observePublicIPPool, type PublicIPPoolFacts } from './observe.ts'
import { publicIPPoolStatus } from './status.ts'
import { checkExternalSubnet, checkSpec, endQuarantine, finalizePublicIPPool } from './steps.ts'
import { publicIPPoolInformer } from './store.ts'

/** PublicIPPool: judges what addresses come from, counts them, and lets those that were given back rest. */
export const publicIPPoolController = (): Kind<PublicIPPool, PublicIPPoolFacts, PublicIPPoolStatus> => ({
  name: 'public-ip-pool',
  informer: publicIPPoolInformer,
  finalizer: 'kumulus.dev/public-ip-pool',
  watches: [
    watch(ovnEipInformer, (eip, cache, previous) => isCounted(eip, previous) ? keysOf(eip, cache) : [], counted),
    // One that overlapped with this may have its turn when this one goes.
    watch(publicIPPoolInformer, (pool, cache, previous) => !isRedefined(pool, previous) ? []
      : [...cache.of(publicIPPoolInformer).list()].map(({ metadata }) => metadata.name).filter(name => name !== pool.metadata.name)),
  ],
  observe: observePublicIPPool,
  steps: {
    quarantine: endQuarantine,
    spec: checkSpec,
    externalSubnet: checkExternalSubnet,
  },
  finalize: finalizePublicIPPool,
  status: publicIPPoolStatus,
})

const isCounted = (eip: OvnEip, previous: OvnEip | undefined): boolean => comesOrGoes(eip, previous) || previous?.releasedAt !== eip.releasedAt

const keysOf = (eip: OvnEip, cache: Cache): string[] => cache.of(publicIPPoolInformer).by('uid', eip.poolUID).map(({ metadata }) => metadata.name)
