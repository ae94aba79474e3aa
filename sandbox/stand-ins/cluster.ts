import { resources } from './resources.ts'
import type { Control } from './control.ts'
import { basicDriver, driver } from './csi/drivers.ts'
import { installWebhooks } from './kubevirt/control/webhooks.ts'

/** The storage class of the sandbox, named as small clusters name theirs; its volumes can be reached from every zone. */
export const storageClassName = 'standard'
/** A second one, of a driver without snapshots, clones and growth, whose volumes are made at once. */
export const basicStorageClassName = 'basic'
/** CDI's default: the part of a file system that no disk image may fill. */
export const filesystemOverhead = '0.06'
export const snapshotClassName = 'sandbox'

/**
 * What an installed KubeVirt, CDI, Kube-OVN and CSI driver leave in a cluster: their own objects, a storage class and a snapshot class.
 * What is there already is left as it is.
 * @param given.kubeVirt - whether KubeVirt is played, and not there itself.
 * @param given.webhooks - whether the API server asks virt-api's webhooks by its Service.
 */
export const installCluster = async (control: Control, { kubeVirt, webhooks }: { kubeVirt: boolean; webhooks: boolean }): Promise<void> => {
  for (const name of ['kubevirt', 'cdi', 'kube-node-lease']) {
    await control.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
  if (kubeVirt) await installKubeVirt(control)
  if (kubeVirt && webhooks) await installWebhooks(control.client)
  const cdi = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'CDI', metadata: { name: 'cdi' }, spec: {}, status: { phase: 'Deployed', observedVersion: 'v1.66.0', operatorVersion: 'v1.66.0' } }
  await control.create(resources.cdis, cdi)
  // virt-controller hands no instance over whose volumes are file systems before it knows how much of one CDI leaves free.
  await control.create(resources.cdiConfigs, {
    apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'CDIConfig', metadata: { name: 'config' }, spec: {},
    status: { filesystemOverhead: {
      global: filesystemOverhead, storageClass: { [storageClassName]: filesystemOverhead, [basicStorageClassName]: filesystemOverhead },
    } },
  })
  await installStorage(control)
}

/** The classes of two drivers, and how snapshots are taken where they can be. */
const installStorage = async (control: Control): Promise<void> => {
  for (const name of [driver, basicDriver]) {
    await control.create(resources.csiDrivers, {
      apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name },
      spec: { attachRequired: false, podInfoOnMount: false, volumeLifecycleModes: ['Persistent'] },
    })
  }
  await control.create(resources.storageClasses, {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: basicStorageClassName }, provisioner: basicDriver,
    reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate', allowVolumeExpansion: false,
  })
  await control.create(resources.storageClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: storageClassName, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: driver,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  })
  await control.create(resources.snapshotClasses, {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name: snapshotClassName, annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
    driver,
    deletionPolicy: 'Delete',
  })
}

const installKubeVirt = async (control: Control): Promise<void> => {
  const made = await control.create(resources.kubeVirts, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: 'kubevirt' },
    spec: { configuration: { vmRolloutStrategy: 'LiveUpdate' } },
  })
  if (made === undefined) return
  await control.patchStatus(resources.kubeVirts, made, { phase: 'Deployed', observedKubeVirtVersion: 'v1.9.0', targetKubeVirtVersion: 'v1.9.0', defaultArchitecture: 'amd64' })
}
