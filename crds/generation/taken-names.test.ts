import test from 'ava'
import { elasticIP, volume, volumeAttachment, vpc } from '../v1alpha1/index.ts'
import { kubectlNames } from './taken-names.ts'

for (const [definition, words] of [
  [volume, '`kubectl get volumes` (short: `vol`)'],
  [volumeAttachment, '`kubectl get volumeattachments.kumulus.dev` (short: `va`; `volumeattachments` alone is Kubernetes\' own)'],
  [vpc, '`kubectl get vpcs.kumulus.dev` (`vpcs`, `vpc` alone are Kube-OVN\'s)'],
  [elasticIP, '`kubectl get elasticips` (`eip` alone is Kube-OVN\'s)'],
] as const) {
  test(`kubectl is told of a ${definition.kind} by a name that nobody else has`, t => t.is(kubectlNames(definition), words))
}
