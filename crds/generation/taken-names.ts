const kubernetes = 'Kubernetes\' own'
const kubeOVN = 'Kube-OVN\'s'

/**
 * Names of our kinds that kubectl takes for another's where it is told no group: it looks at Kubernetes' own groups first, then at the others by
 * alphabet. Source: Kubernetes 1.36, storage.k8s.io; Kube-OVN v1.16.2, its CustomResourceDefinitions.
 */
const taken: Readonly<Record<string, string>> = {
  volumeattachments: kubernetes, vpcs: kubeOVN, vpc: kubeOVN, subnets: kubeOVN, subnet: kubeOVN, sg: kubeOVN, eip: kubeOVN,
}

/** How kubectl is told of a kind so that it shows ours, in Markdown. */
export const kubectlNames = ({ plural, group, shortNames }: { plural: string; group: string; shortNames: readonly string[] }): string => {
  const other = taken[plural]
  const own = shortNames.filter(name => taken[name] === undefined)
  const foreign = [plural, ...shortNames].filter(name => taken[name] !== undefined)
  const notes = [
    ...own.length === 0 ? [] : [`short: ${listed(own)}`],
    ...foreign.length === 0 ? [] : [`${listed(foreign)} alone ${foreign.length === 1 ? 'is' : 'are'} ${taken[foreign[0] ?? '']}`],
  ]
  return `\`kubectl get ${plural}${other === undefined ? '' : `.${group}`}\`${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
}

const listed = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ')
