import type { Stored } from './scenario.ts'

/**
 * An object as text: the same text for the same object whatever order its members came in, without what counts or dates its writes. Generations that
 * its controllers have seen are kept as whether they are the last.
 */
export const stableText = (object: Stored): string => textOf(withoutOrder(object), object.metadata.generation)

/** Kube-OVN's notes of what it came upon first: the node of an address, the subnets of a router, which are all there by themselves. */
const withoutOrder = (object: Stored): Stored => {
  if (object.kind === 'IP') return { ...object, spec: { ...object.spec, nodeName: '' } }
  if (object.kind !== 'Vpc' || !Array.isArray(object.status?.['subnets'])) return object
  return { ...object, status: { ...object.status, subnets: object.status['subnets'].length } }
}

const dropped = new Set([
  'resourceVersion', 'managedFields', 'generation',
  // How often CDI tried, and how often KubeVirt's machine was written to.
  'restartCount', 'kubevirt.io/vm-generation',
  // Kube-OVN's lists of addresses, which say again what each address says of itself, and on which node that was when it was first seen.
  'v4availableIPrange', 'v4usingIPrange', 'ovn.kubernetes.io/node-name',
])
/** KubeVirt's notes of a machine's generation, by name. */
const revision = /(revision-start-vm-[0-9a-f-]{36})-\d+/g

const generations = new Set(['observedGeneration', 'desiredGeneration'])

const textOf = (value: unknown, generation: number | undefined): string => {
  if (Array.isArray(value)) return `[${value.map((each) => textOf(each, generation)).join(',')}]`
  if (typeof value !== 'object' || value === null) return (JSON.stringify(value) ?? 'null').replace(revision, '$1')
  const members = value as Record<string, unknown>
  const texts: string[] = []
  for (const name of Object.keys(members).sort()) {
    if (dropped.has(name)) continue
    texts.push(`"${name}":${generations.has(name) ? generationText(members[name], generation) : textOf(members[name], generation)}`)
  }
  return `{${texts.join(',')}}`
}

const generationText = (seen: unknown, generation: number | undefined): string => (seen === generation ? '"current"' : '"old"')
