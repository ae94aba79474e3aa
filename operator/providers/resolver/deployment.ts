import type { DeploymentSpec } from 'kubernetes-types/apps/v1.d.ts'
import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { networkNameOf, providerOf } from '../kube-ovn/network-attachment.ts'
import { resolverBlock, resolverGateway } from '../kube-ovn/resolver-network.ts'
import { deploymentResource } from './resources.ts'

/** What the platform says of every VPC's DNS servers. */
export type ResolverProgram = {
  /** Image that holds the program. */
  image: string
  /** Resolvers that are asked for all other names; none: those of the node that a server is on. */
  upstreams: readonly string[]
  /** Domains of the platform's own, of which nothing is told. */
  withheldDomains: readonly string[]
  /** Names of Secrets to pull the image with. */
  pullSecrets: readonly string[]
}

export type ResolverPlan = {
  /** Of the Deployment, and of the switch that its pods are on. */
  name: string
  /** The operator's own. */
  namespace: string
  domain: string
  blocks: readonly string[]
  program: ResolverProgram
}

/** The NetworkAttachmentDefinition of all DNS servers, which comes with the installation: each pod names its own switch. */
export const resolverAttachment = 'kumulus-resolver'

/** By it the installation's NetworkPolicy knows the pods. */
const component = { 'app.kubernetes.io/name': 'kumulus', 'app.kubernetes.io/component': 'resolver' }

/**
 * Two DNS servers of one VPC: on the cluster's network like any pod, and on the VPC's switch for them. They have no token, no right, no file and no
 * capability. Two addresses are all there is, so that one makes room before the next comes.
 */
export const buildResolver = (plan: ResolverPlan) => {
  const selector = { ...component, 'kumulus.dev/resolver': plan.name }
  return {
    apiVersion: apiVersionOf(deploymentResource),
    kind: deploymentResource.kind,
    metadata: { name: plan.name, namespace: plan.namespace, labels: component },
    spec: {
      replicas: 2,
      revisionHistoryLimit: 1,
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: { metadata: { labels: selector, annotations: networkOf(plan) }, spec: podSpec(plan, selector) },
    } satisfies DeploymentSpec,
  }
}

/**
 * Halves of all addresses and not a default route, which is the cluster's network's: both are moved into a table of this interface's own by the `sbr`
 * in the network's definition, so that a VPC's blocks may be the cluster's own. Source: kube-ovn v1.16.2, configureContainerNic in
 * pkg/daemon/ovs_linux.go.
 */
const networkOf = ({ name, namespace }: ResolverPlan): Record<string, string> => {
  const attachment = { namespace, name: resolverAttachment }
  const key = (which: string): string => `${providerOf(attachment)}.kubernetes.io/${which}`
  return {
    'k8s.v1.cni.cncf.io/networks': networkNameOf(attachment),
    [key('logical_switch')]: name,
    [key('port_security')]: 'true',
    [key('routes')]: JSON.stringify(['0.0.0.0/1', '128.0.0.0/1'].map(dst => ({ dst, gw: resolverGateway }))),
  }
}

const podSpec = ({ domain, blocks, program }: ResolverPlan, selector: Record<string, string>): PodSpec => ({
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  // The node's resolvers, never the cluster's: that tells names of the platform's services.
  dnsPolicy: 'Default',
  ...program.pullSecrets.length === 0 ? {} : { imagePullSecrets: program.pullSecrets.map(name => ({ name })) },
  securityContext: {
    runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' },
    sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '53' }],
  },
  topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey =>
    ({ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: selector } })),
  containers: [containerOf(domain, blocks, program)],
})

const containerOf = (domain: string, blocks: readonly string[], { image, upstreams, withheldDomains }: ResolverProgram): Container => ({
  name: 'resolver',
  image,
  command: ['node', '/kumulus/resolver.js'],
  args: [
    `--domain=${domain}`, ...blocks.map(block => `--blocks=${block}`), `--network=${resolverBlock}`, ...upstreams.map(each => `--upstreams=${each}`),
    ...withheldDomains.map(each => `--withheld-domains=${each}`), '--probe-address=$(POD_IP):8081',
  ],
  // The cluster's side: probes are nobody's business in the VPC.
  env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
  ports: [{ name: 'probes', containerPort: 8081, protocol: 'TCP' }],
  readinessProbe: { httpGet: { path: '/readyz', port: 'probes' }, periodSeconds: 5, timeoutSeconds: 3 },
  livenessProbe: { httpGet: { path: '/healthz', port: 'probes' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '192Mi' } },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
})
