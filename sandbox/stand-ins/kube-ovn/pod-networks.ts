import type { Pod } from '../kubelet/types.ts'

/** One NIC of a pod. */
export type PodNetwork = {
  /** `ovn` for Kube-OVN's own network, `<nad>.<namespace>.ovn` for one behind a NetworkAttachmentDefinition. */
  provider: string
  /** Key of the NetworkAttachmentDefinition; undefined for Kube-OVN's own network. */
  attachment: string | undefined
  isDefault: boolean
}

/** The NICs that a pod asks for, the first one first. */
export const podNetworks = (pod: Pod): PodNetwork[] => {
  const { annotations = {}, namespace = '' } = pod.metadata
  const primary = annotations['v1.multus-cni.io/default-network']
  const secondary = selections(annotations['k8s.v1.cni.cncf.io/networks'], namespace)
  return [
    primary === undefined || primary === '' ? { provider: 'ovn', attachment: undefined, isDefault: true } : behind(qualify(primary, namespace), true),
    ...secondary.map((key) => behind(key, false)),
  ]
}

const behind = (key: string, isDefault: boolean): PodNetwork => {
  const [namespace, name] = key.split('/')
  return { provider: `${name}.${namespace}.ovn`, attachment: key, isDefault }
}

/** `name`, `namespace/name` or either with `@interface`. */
const qualify = (text: string, namespace: string): string => {
  const name = text.split('@')[0]?.trim() ?? ''
  return name.includes('/') ? name : `${namespace}/${name}`
}

/** Multus' annotation: a JSON list, or names with commas between them. */
const selections = (text: string | undefined, namespace: string): string[] => {
  if (text === undefined || text.trim() === '') return []
  if (!text.trim().startsWith('[')) return text.split(',').map((name) => qualify(name, namespace))
  const list = JSON.parse(text) as { name: string; namespace?: string }[]
  return list.map((item) => qualify(item.name, item.namespace ?? namespace))
}

/** Annotation of one NIC. */
export const networkAnnotation = (provider: string, key: string): string => `${provider}.kubernetes.io/${key}`

/** Name of the logical switch port, and of its IP object: a machine's for its launcher, so that both outlive a stop. */
export const portName = (owner: string, namespace: string, provider: string): string =>
  provider === 'ovn' ? `${owner}.${namespace}` : `${owner}.${namespace}.${provider}`

/** The machine that a launcher pod belongs to. */
export const machineOf = (pod: Pod): string | undefined => pod.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachineInstance')?.name
