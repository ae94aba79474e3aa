import { parseQuantity } from '../../../crds/quantity.ts'
import type { InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import { buildClusterInstancetype } from '../../providers/kubevirt/cluster-instancetype.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready } from '../../runtime/outcome.ts'
import type { InstanceTypeFacts } from './observe.ts'

type Context = StepContext<InstanceType, InstanceTypeFacts>

/** What is in the API and not served yet is said, never passed over. */
export const checkServed = ({ object: { spec } }: Context): Outcome =>
  (spec.instanceStore ?? []).length === 0 ? ready : blocked('NotSupportedYet', 'spec.instanceStore: disks of the host are not supported yet: leave it out')

export const ensureInstancetype = async ({ object: { metadata, spec }, apply }: Context): Promise<Outcome> => {
  await apply(buildClusterInstancetype({
    name: metadata.name,
    vcpus: spec.vcpus,
    memoryBytes: parseQuantity(spec.memory),
    dedicatedCPU: spec.dedicatedCPU,
    gpus: spec.gpus ?? [],
  }))
  return ready
}
