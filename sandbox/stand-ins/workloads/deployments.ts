import { createHash } from 'node:crypto'
import { type KubeObject, keyOf, type NewObject, type ObjectMeta } from '../../../crds/kubernetes.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import type { Pod } from '../kubelet/types.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'

export type Deployment = KubeObject & {
  spec: { replicas?: number; template: { metadata?: Partial<ObjectMeta>; spec: Pod['spec'] } }
  status?: object
}

const hashLabel = 'pod-template-hash'

/**
 * kube-controller-manager's part in Deployments, without ReplicaSets: pods of the newest template, as many as are asked for, never one more, and one
 * after the other. Only of those that ask Multus for a network, which are made for the cloud: other programs of a cluster run beside the sandbox.
 */
export const deploymentController = (control: Control): StandInController => ({
  name: 'deployments',
  watches: [
    watching(specs.deployments, ({ metadata }) => [keyOf(metadata)]),
    watching(specs.pods, ({ metadata }) => (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Deployment')
      .map(({ name }) => keyOf({ name, namespace: metadata.namespace ?? '' }))),
  ],
  reconcile: (key) => reconcile(control, key),
})

const reconcile = async (control: Control, key: string): Promise<number | undefined> => {
  const deployment = control.cache.of(specs.deployments).get(key)
  const networks = deployment?.spec.template.metadata?.annotations?.['k8s.v1.cni.cncf.io/networks']
  if (deployment === undefined || networks === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined
  const hash = createHash('sha256').update(JSON.stringify(deployment.spec.template)).digest('hex').slice(0, 10)
  const pods = control.cache.of(specs.pods).by('owner', deployment.metadata.uid)
  const { replicas = 1 } = deployment.spec
  const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const isNew = ({ metadata }: Pod) => metadata.labels?.[hashLabel] === hash
  const outdated = live.filter((pod) => !isNew(pod))
  const surplus = [...outdated, ...live.filter(isNew)].slice(0, Math.max(0, live.length - replicas))
  for (const pod of surplus) await control.remove(resources.pods, pod)
  // Room first: a pod that is going has its address yet.
  const before = pods.map(({ metadata }) => metadata.uid).join()
  for (let count = pods.length; count < replicas; count++) {
    await control.create(resources.pods, podOf(control, deployment, hash, `${count} ${before}`))
  }
  const next = surplus.length === 0 && pods.length === replicas && live.every((pod) => isNew(pod) ? isReady(pod) : true) ? outdated[0] : undefined
  if (next !== undefined) await control.remove(resources.pods, next)
  const ready = live.filter(isReady).length
  await control.patchStatus(resources.deployments, deployment, {
    observedGeneration: deployment.metadata.generation, replicas: live.length, updatedReplicas: live.filter(isNew).length, readyReplicas: ready,
    availableReplicas: ready, unavailableReplicas: Math.max(0, replicas - ready),
  })
  return undefined
}

const isReady = ({ status }: Pod): boolean => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true

type NewPod = NewObject & Record<string, unknown>

const podOf = (control: Control, { metadata, spec: { template } }: Deployment, hash: string, distinction: string): NewPod => ({
  apiVersion: 'v1', kind: 'Pod',
  metadata: {
    name: `${metadata.name}-${hash}-${control.names.suffix(metadata.uid, hash, distinction)}`,
    ...metadata.namespace === undefined ? {} : { namespace: metadata.namespace },
    labels: { ...template.metadata?.labels, [hashLabel]: hash },
    annotations: { ...template.metadata?.annotations },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }],
  },
  spec: template.spec,
})
