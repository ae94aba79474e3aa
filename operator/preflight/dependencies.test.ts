import test from 'ava'
import { findingsOf, type ClusterFacts } from './dependencies.ts'

const definitions = [
  'kubevirts.kubevirt.io', 'virtualmachines.kubevirt.io', 'virtualmachineinstances.kubevirt.io', 'virtualmachineclusterinstancetypes.instancetype.kubevirt.io',
  'cdis.cdi.kubevirt.io', 'datavolumes.cdi.kubevirt.io', 'datasources.cdi.kubevirt.io', 'vpcs.kubeovn.io', 'subnets.kubeovn.io',
  'network-attachment-definitions.k8s.cni.cncf.io', 'volumesnapshots.snapshot.storage.k8s.io', 'volumesnapshotclasses.snapshot.storage.k8s.io',
]
const installed = (version: string, phase = 'Deployed', disabledFeatureGates: string[] = [], featureGates: string[] = []) =>
  ({ version, phase, featureGates, disabledFeatureGates })
const whole: ClusterFacts = {
  definitions: new Set(definitions), kubeVirt: installed('v1.9.0'), cdi: installed('v1.66.0'), storageClasses: [{ isDefault: true }], snapshotClasses: [{ isDefault: false }],
}
const without = (...names: string[]): ClusterFacts => ({ ...whole, definitions: new Set(definitions.filter(each => !names.includes(each))) })

test('a cluster that has everything is found to have it, with the versions', t => {
  t.deepEqual(findingsOf(whole).map(({ name, reason, version }) => [name, reason, version]), [
    ['KubeVirt', 'Available', 'v1.9.0'], ['CDI', 'Available', 'v1.66.0'], ['KubeOVN', 'Available', undefined], ['Multus', 'Available', undefined],
    ['Snapshots', 'Available', undefined], ['Storage', 'Available', undefined],
  ])
})

const cases: [title: string, facts: ClusterFacts, name: string, reason: string, words: RegExp][] = [
  ['KubeVirt is not installed', without('virtualmachines.kubevirt.io', 'kubevirts.kubevirt.io'), 'KubeVirt', 'NotInstalled', /no CustomResourceDefinition kubevirts.kubevirt.io, virtualmachines.kubevirt.io. Until it is, no Instance starts/],
  ['KubeVirt has no object', { ...whole, kubeVirt: undefined }, 'KubeVirt', 'NotInstalled', /no KubeVirt object.*create one/],
  ['KubeVirt is on its way', { ...whole, kubeVirt: installed('v1.9.0', 'Deploying') }, 'KubeVirt', 'NotDeployed', /KubeVirt is Deploying/],
  ['KubeVirt has not begun', { ...whole, kubeVirt: installed('', '') }, 'KubeVirt', 'NotDeployed', /KubeVirt is not deployed/],
  ['KubeVirt is old', { ...whole, kubeVirt: installed('v1.8.3') }, 'KubeVirt', 'TooOld', /v1.8.3 is older than v1.9.0.*upgrade/],
  ['KubeVirt says no version', { ...whole, kubeVirt: installed('devel') }, 'KubeVirt', 'TooOld', /devel is older/],
  ['a feature gate is off', { ...whole, kubeVirt: installed('v1.9.1', 'Deployed', ['DeclarativeHotplugVolumes']) }, 'KubeVirt', 'FeatureGateOff', /DeclarativeHotplugVolumes is off.*disabledFeatureGates/],
  ['an older feature gate is on beside the one that it turns off', { ...whole, kubeVirt: installed('v1.9.1', 'Deployed', [], ['Sidecar', 'DeclarativeHotplugVolumes', 'HotplugVolumes']) },
    'KubeVirt', 'FeatureGateOff', /HotplugVolumes is on, which turns DeclarativeHotplugVolumes off, so that no volume can be attached.*take HotplugVolumes out of .*\.featureGates/],
  ['CDI is old', { ...whole, cdi: installed('v1.9.0') }, 'CDI', 'TooOld', /CDI v1.9.0 is older than v1.66.0/],
  ['CDI is not installed', without('datasources.cdi.kubevirt.io'), 'CDI', 'NotInstalled', /datasources.cdi.kubevirt.io. Until it is, no Volume/],
  ['Kube-OVN is not installed', without('vpcs.kubeovn.io'), 'KubeOVN', 'NotInstalled', /Kube-OVN is not installed.*no VPC/],
  ['Multus is not installed', without('network-attachment-definitions.k8s.cni.cncf.io'), 'Multus', 'NotInstalled', /Multus is not installed/],
  ['snapshots are not installed', without('volumesnapshots.snapshot.storage.k8s.io'), 'Snapshots', 'NotInstalled', /every launch copies its image whole/],
  ['no driver makes snapshots', { ...whole, snapshotClasses: [] }, 'Snapshots', 'NoDefault', /no VolumeSnapshotClass: make one/],
  ['there is no storage', { ...whole, storageClasses: [] }, 'Storage', 'NoDefault', /there is no StorageClass/],
  ['no storage is the default', { ...whole, storageClasses: [{ isDefault: false }] }, 'Storage', 'NoDefault', /no StorageClass is the default: annotate one/],
]
for (const [title, facts, name, reason, words] of cases) {
  test(`where ${title}, that alone is found wrong, with what does not work and what to do`, t => {
    const wrong = findingsOf(facts).filter(each => each.reason !== 'Available')
    t.deepEqual(wrong.map(each => [each.name, each.reason]), [[name, reason]])
    t.regex(wrong[0]?.message ?? '', words)
  })
}

test('a feature gate that is in the list of what is on is on, whatever else it is in', t => {
  const facts = { ...whole, kubeVirt: installed('v1.9.0', 'Deployed', ['DeclarativeHotplugVolumes'], ['DeclarativeHotplugVolumes']) }
  t.deepEqual(findingsOf(facts).filter(({ reason }) => reason !== 'Available'), [])
})

test('newer versions are as good', t => {
  const facts = { ...whole, kubeVirt: installed('v2.0.0'), cdi: installed('v1.70.1') }
  t.deepEqual(findingsOf(facts).filter(({ reason }) => reason !== 'Available'), [])
})
