/**
 * All that the operator may ever say to somebody else's API, key by key. What is not here is not written, whatever a tenant asks for: a new
 * key is added here by hand, by somebody who has asked what it can do.
 */
const id = (prefix: string) => `${prefix}-[0-9a-f]{17}`
const ours = ['app.kubernetes.io/managed-by', 'kumulus.dev/owner-(uid|kind|name|namespace)', 'tag.kumulus.dev/[^|]+']
const metadata = ['metadata|(name|namespace|uid|resourceVersion)', `metadata|labels|(${ours.join('|')})`, 'apiVersion', 'kind']
const owned = ['metadata|ownerReferences|[]|(apiVersion|kind|name|uid|controller|blockOwnerDeletion)']
const groups = ['kumulus.dev/vpc-id', `sg.kumulus.dev/${id('sg')}`]
const port = '[a-z0-9-]+.mallory.ovn.kubernetes.io/(logical_switch|ip_address|mac_address|port_security|security_groups)'
const membership = '[a-z0-9-]+.mallory.ovn.kubernetes.io/security_groups'
const furtherPort = `${id('eni')}.mallory.ovn.kubernetes.io/(logical_switch|ip_address|mac_address|port_security|security_groups)`
const template = 'spec|template|spec'

export const allowed: Readonly<Record<string, readonly string[]>> = {
  'virtualmachines.kubevirt.io': [
    ...metadata, ...owned, 'metadata|annotations|kumulus.dev/(user-data|held-stopped|public-address)',
    'spec|runStrategy', 'spec|instancetype|(kind|name)',
    `spec|template|metadata|labels|(${[...ours, ...groups].join('|')})`, `spec|template|metadata|annotations|${port}`,
    `${template}|(architecture|hostname|evictionStrategy|terminationGracePeriodSeconds)`,
    `${template}|domain|firmware|(uuid|serial)`, `${template}|domain|devices|(rng|logSerialConsole)`,
    `${template}|domain|devices|disks|[]|(name|serial|bootOrder|disk|bus)`, `${template}|domain|devices|disks|[]|disk|bus`,
    `${template}|domain|devices|interfaces|[]|(name|bridge|macAddress|model|state)`,
    `${template}|networks|[]|(name|multus|networkName|multus|default)`,
    `${template}|networks|[]|multus|(networkName|default)`,
    `${template}|volumes|[]|name`, `${template}|volumes|[]|persistentVolumeClaim|claimName`,
    `${template}|volumes|[]|cloudInitNoCloud|userData`, `${template}|volumes|[]|cloudInitNoCloud|secretRef|name`,
    `${template}|accessCredentials|[]|sshPublicKey|source|secret|secretName`, `${template}|accessCredentials|[]|sshPublicKey|propagationMethod|noCloud`,
    `${template}|affinity|nodeAffinity|requiredDuringSchedulingIgnoredDuringExecution|nodeSelectorTerms|[]|matchExpressions|[]|(key|operator)`,
    `${template}|affinity|nodeAffinity|requiredDuringSchedulingIgnoredDuringExecution|nodeSelectorTerms|[]|matchExpressions|[]|values|[]`,
  ],
  'subjectaccessreviews.authorization.k8s.io': ['apiVersion', 'kind', 'spec|user', 'spec|groups|[]', 'spec|resourceAttributes|(namespace|verb|group|resource|subresource|name)'],
  'virtualmachineinstances.kubevirt.io': [...metadata, `metadata|labels|(${groups.join('|')})`, `metadata|annotations|(${membership}|${furtherPort})`],
  'virtualmachineinstances/softreboot.subresources.kubevirt.io': [],
  'virtualmachineinstances/freeze.subresources.kubevirt.io': ['unfreezeTimeout'],
  'virtualmachineinstances/unfreeze.subresources.kubevirt.io': [],
  'virtualmachineinstances/reset.subresources.kubevirt.io': [],
  'virtualmachines/stop.subresources.kubevirt.io': ['gracePeriod'],
  pods: [...metadata, `metadata|labels|(${groups.join('|')})`, `metadata|annotations|(${membership}|${furtherPort})`],
  secrets: [...metadata, ...owned, 'metadata|annotations|kumulus.dev/fingerprint', 'type', 'immutable', 'data|(userdata|key|ssh-privatekey|ssh-publickey)'],
  'datavolumes.cdi.kubevirt.io': [
    ...metadata, 'metadata|annotations|cdi.kubevirt.io/storage.bind.immediate.requested', 'spec|source|blank', 'spec|source|http|(url|checksum)', 'spec|source|snapshot|(name|namespace)',
    'spec|sourceRef|(kind|name|namespace)', 'spec|storage|storageClassName', 'spec|storage|resources|requests|storage',
  ],
  'datasources.cdi.kubevirt.io': [...metadata, 'spec|source|(snapshot|pvc)|(name|namespace)'],
  'volumesnapshots.snapshot.storage.k8s.io': [...metadata, 'spec|volumeSnapshotClassName', 'spec|source|persistentVolumeClaimName'],
  'volumesnapshotcontents.snapshot.storage.k8s.io': [...metadata, 'metadata|labels|kumulus.dev/(snapshot|volume)-id', 'spec|deletionPolicy'],
  persistentvolumeclaims: [...metadata, 'spec|resources|requests|storage'],
  persistentvolumes: [...metadata, 'metadata|labels|kumulus.dev/volume-id', 'spec|persistentVolumeReclaimPolicy'],
  'vpcs.kubeovn.io': [
    ...metadata, 'spec|namespaces|[]', 'spec|staticRoutes|[]|(policy|cidr|nextHopIP|ecmpMode|bfdId|routeTable)', 'spec|policyRoutes|[]|(priority|match|action|nextHopIP)',
    'spec|vpcPeerings|[]|(remoteVpc|localConnectIP)', 'spec|enableExternal', 'spec|extraExternalSubnets|[]',
  ],
  'subnets.kubeovn.io': [
    ...metadata, 'spec|(vpc|provider|protocol|cidrBlock|gateway|routeTable)', 'spec|excludeIps|[]', 'spec|acls|[]|(direction|priority|match|action)',
  ],
  'ovn-eips.kubeovn.io': [
    ...metadata, 'metadata|labels|kumulus.dev/public-ip-pool-uid', 'metadata|annotations|kumulus.dev/released-at', 'spec|(externalSubnet|v4Ip|type)',
  ],
  'ovn-fips.kubeovn.io': [...metadata, 'metadata|labels|kumulus.dev/target-uid', 'spec|(ovnEip|vpc|v4Ip|type)'],
  'ovn-snat-rules.kubeovn.io': [...metadata, 'spec|(ovnEip|vpc|v4IpCidr)'],
  'security-groups.kubeovn.io': [
    ...metadata, 'spec|(ingressRules|egressRules)', 'spec|(ingressRules|egressRules)|[]|(ipVersion|protocol|priority|policy|portRangeMin|portRangeMax)',
    'spec|(ingressRules|egressRules)|[]|(remoteType|remoteAddress|remoteSecurityGroup)',
  ],
  'network-attachment-definitions.k8s.cni.cncf.io': [...metadata, 'metadata|annotations|kumulus.dev/private-ip-address', 'spec|config'],
  'networkpolicies.networking.k8s.io': [
    ...metadata, 'spec|policyTypes|[]', 'spec|podSelector|matchLabels|(kumulus.dev/vpc-id|cdi.kubevirt.io)', 'spec|podSelector|matchExpressions|[]|(key|operator)',
    'spec|(ingress|egress)|[]', 'spec|(ingress|egress)|[]|ports|[]|(protocol|port|endPort)', 'spec|ingress|[]|from|[]|ipBlock|cidr', 'spec|egress|[]|to|[]|ipBlock|cidr',
    'spec|egress|[]|to|[]|ipBlock|except|[]', 'spec|(ingress|egress)|[]|(from|to)|[]|podSelector|matchExpressions|[]|(key|operator)', 'spec|ingress', 'spec|egress',
    'spec|egress|[]|to|[]|(namespaceSelector|podSelector)|matchLabels|(kubernetes.io/metadata.name|k8s-app)',
    'spec|ingress|[]|from|[]|namespaceSelector|matchLabels|kubernetes.io/metadata.name',
  ],
}
