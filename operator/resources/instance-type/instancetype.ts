import { parseQuantity } from '../../../crds/quantity.ts'
import type { InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import { buildClusterInstancetype } from '../../providers/kubevirt/cluster-instancetype.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { InstanceTypeFacts } from './observe.ts'

type Context = StepContext<InstanceType, InstanceTypeFacts>

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
