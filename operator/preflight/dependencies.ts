/** What is known of the cluster. */
export type ClusterFacts = {
  /** Names of the CustomResourceDefinitions that there are. */
  definitions: ReadonlySet<string>
  kubeVirt: Installation | undefined
  cdi: Installation | undefined
  storageClasses: readonly { isDefault: boolean }[]
  snapshotClasses: readonly { isDefault: boolean }[]
}

/** What an operator of upstream's says of itself. */
export type Installation = { version: string; phase: string; featureGates: readonly string[]; disabledFeatureGates: readonly string[] }

/** How one thing is that Kumulus builds on. */
export type Finding = {
  /** Also the type of the condition. */
  name: string
  reason: 'Available' | 'NotInstalled' | 'NotDeployed' | 'TooOld' | 'FeatureGateOff' | 'NoDefault'
  /** What is wrong, what does not work because of it, and what to do. */
  message: string
  version?: string
}

/** Judges everything that Kumulus builds on. */
export const findingsOf = (facts: ClusterFacts): Finding[] => [
  kubeVirtFinding(facts),
  cdiFinding(facts),
  defined(facts, 'KubeOVN', kubeOVN),
  defined(facts, 'Multus', multus),
  snapshotFinding(facts),
  storageFinding(facts),
]

/** Something that is installed, and what does not work without it. */
type Needed = { title: string; definitions: readonly string[]; without: string }

/** Versions of the sources that our providers were written against: older ones have not been tested. */
const OLDEST = { kubeVirt: 'v1.9.0', cdi: 'v1.66.0' } as const

const kubeVirt: Needed = {
  title: 'KubeVirt',
  definitions: ['kubevirts.kubevirt.io', 'virtualmachines.kubevirt.io', 'virtualmachineinstances.kubevirt.io', 'virtualmachineclusterinstancetypes.instancetype.kubevirt.io'],
  without: 'no Instance starts and no InstanceType is offered',
}
const cdi: Needed = {
  title: 'CDI',
  definitions: ['cdis.cdi.kubevirt.io', 'datavolumes.cdi.kubevirt.io', 'datasources.cdi.kubevirt.io'],
  without: 'no Volume and no Image comes about',
}
const kubeOVN: Needed = { title: 'Kube-OVN', definitions: ['vpcs.kubeovn.io', 'subnets.kubeovn.io'], without: 'no VPC and no Subnet comes about' }
const multus: Needed = { title: 'Multus', definitions: ['network-attachment-definitions.k8s.cni.cncf.io'], without: 'no Subnet comes about' }
const snapshots: Needed = {
  title: 'CSI snapshots',
  definitions: ['volumesnapshots.snapshot.storage.k8s.io', 'volumesnapshotclasses.snapshot.storage.k8s.io'],
  without: 'no Snapshot comes about, and every launch copies its image whole',
}

/**
 * Feature gates that are needed, what does not work without them, and an older one in whose presence KubeVirt takes them for off. Beta gates are on
 * unless they were turned off, and a list of what is on beats one of what is off. Source: KubeVirt v1.9.0, pkg/virt-config/featuregate;
 * pkg/virt-controller/watch/vm, `handleDeclarativeVolumeHotplug`.
 */
const NEEDED_GATES = [
  { gate: 'DeclarativeHotplugVolumes', olderOne: 'HotplugVolumes', without: 'no volume can be attached to an instance that runs' },
] as const

const defined = ({ definitions }: ClusterFacts, name: string, needed: Needed): Finding => {
  const missing = needed.definitions.filter((each) => !definitions.has(each))
  return missing.length === 0 ? available(name)
    : { name, reason: 'NotInstalled', message: `${needed.title} is not installed: there is no CustomResourceDefinition ${missing.join(', ')}. Until it is, ${needed.without}` }
}

const available = (name: string, version?: string): Finding => ({ name, reason: 'Available', message: '', ...version === undefined ? {} : { version } })

/** What is there, deployed and new enough. */
const deployed = (facts: ClusterFacts, name: string, needed: Needed, found: Installation | undefined, oldest: string): Finding => {
  const definition = defined(facts, name, needed)
  if (definition.reason !== 'Available') return definition
  const { title, without } = needed
  if (found === undefined) return { name, reason: 'NotInstalled', message: `there is no ${name} object, so that ${title} deploys nothing: create one. Until then ${without}` }
  const { phase, version } = found
  if (phase !== 'Deployed') {
    return { name, reason: 'NotDeployed', message: `${title} is ${phase === '' ? 'not deployed' : phase}: see the status of its ${name} object. Until it is Deployed, ${without}`, version }
  }
  return isOlder(version, oldest)
    ? { name, reason: 'TooOld', message: `${title} ${version || 'of an unknown version'} is older than ${oldest}, the oldest that Kumulus has been tested with: upgrade it`, version }
    : available(name, version)
}

const kubeVirtFinding = (facts: ClusterFacts): Finding => {
  const found = deployed(facts, 'KubeVirt', kubeVirt, facts.kubeVirt, OLDEST.kubeVirt)
  const off = facts.kubeVirt === undefined ? [] : gatesOff(facts.kubeVirt)
  if (found.reason !== 'Available' || off.length === 0) return found
  return { ...found, reason: 'FeatureGateOff', message: off.join('; ') }
}

/** In words, with the way out. */
const gatesOff = ({ featureGates, disabledFeatureGates }: Installation): string[] => NEEDED_GATES.flatMap(({ gate, olderOne, without }) => {
  const list = 'spec.configuration.developerConfiguration'
  if (featureGates.includes(olderOne)) {
    return [`KubeVirt's feature gate ${olderOne} is on, which turns ${gate} off, so that ${without}: take ${olderOne} out of ${list}.featureGates`]
  }
  return disabledFeatureGates.includes(gate) && !featureGates.includes(gate)
    ? [`KubeVirt's feature gate ${gate} is off, so that ${without}: take it out of ${list}.disabledFeatureGates`] : []
})

const cdiFinding = (facts: ClusterFacts): Finding => deployed(facts, 'CDI', cdi, facts.cdi, OLDEST.cdi)

const snapshotFinding = (facts: ClusterFacts): Finding => {
  const found = defined(facts, 'Snapshots', snapshots)
  if (found.reason !== 'Available' || facts.snapshotClasses.length > 0) return found
  return { ...found, reason: 'NoDefault', message: `there is no VolumeSnapshotClass: make one for your CSI driver. Until then ${snapshots.without}` }
}

const storageFinding = ({ storageClasses }: ClusterFacts): Finding => {
  if (storageClasses.some(({ isDefault }) => isDefault)) return available('Storage')
  const why = storageClasses.length === 0 ? 'there is no StorageClass' : 'no StorageClass is the default'
  return {
    name: 'Storage', reason: 'NoDefault',
    message: `${why}: annotate one with storageclass.kubernetes.io/is-default-class=true, or name the classes in the chart's value volumeTypes. Until then default VolumeTypes are not made`,
  }
}

/** Whether a version is older than another, by major and minor number; one that can't be read counts as older. */
const isOlder = (version: string, than: string): boolean => {
  const [major, minor] = numbersOf(version)
  const [oldestMajor, oldestMinor] = numbersOf(than)
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}

const numbersOf = (version: string): [major: number, minor: number] => {
  const match = /^v?(\d+)\.(\d+)/.exec(version)
  return match === null ? [-1, -1] : [Number(match[1]), Number(match[2])]
}
