import { definitions } from '../crds/v1alpha1/index.ts'
import type { Definition } from '../crds/definition.ts'
import type { NewObject, ResourceType } from '../crds/kubernetes.ts'
import { protectedKinds } from './verdicts/index.ts'

/** How API servers reach the admission server: a URL (a process on the same machine) or a Service. */
export type Endpoint = { url: string } | { service: { namespace: string; name: string } }

export const CONFIGURATION_NAME = 'kumulus'

const admissionResource = (kind: string, plural: string): ResourceType =>
  ({ group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, namespaced: false })
export const VALIDATING = admissionResource('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations')
export const MUTATING = admissionResource('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations')

type Configuration = NewObject & { webhooks: readonly Record<string, unknown>[] }

/**
 * The webhook configurations. Who fails how:
 * - creation and change: `Ignore`. What the webhook would have refused is judged again at reconcile and shown as Stalled, so that a webhook
 *   that is down lets nothing through and keeps nobody, our own controllers included, from working;
 * - deletion: `Fail`. A protected object that has begun to be deleted cannot be brought back, so a webhook that is down must not let it begin.
 * @param caBundle - PEM of the authorities that sign the admission server's certificate.
 */
export const webhookConfigurations = (endpoint: Endpoint, caBundle: string): [validating: Configuration, mutating: Configuration] => {
  const client = (path: string) => clientConfig(endpoint, path, caBundle)
  const metadata = { name: CONFIGURATION_NAME, labels: { 'app.kubernetes.io/managed-by': 'kumulus' } }
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const validate = client('/validate')
  return [
    {
      apiVersion, kind: VALIDATING.kind, metadata,
      webhooks: [
        webhook('validate.kumulus.dev', validate, ['CREATE', 'UPDATE'], definitions, 'Ignore'),
        webhook('protect.kumulus.dev', validate, ['DELETE'], definitions.filter(({ kind }) => protectedKinds.includes(kind)), 'Fail'),
      ],
    },
    {
      apiVersion, kind: MUTATING.kind, metadata,
      webhooks: [{ ...webhook('mutate.kumulus.dev', client('/mutate'), ['CREATE'], definitions, 'Ignore'), reinvocationPolicy: 'Never' }],
    },
  ]
}

/** The names and addresses that the serving certificate has to be for. */
export const hostsOf = (endpoint: Endpoint): string[] => {
  if ('url' in endpoint) return [new URL(endpoint.url).hostname.replace(/^\[|\]$/g, '')]
  const { namespace, name } = endpoint.service
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`]
}

const clientConfig = (endpoint: Endpoint, path: string, caBundle: string): Record<string, unknown> => ({
  caBundle: Buffer.from(caBundle).toString('base64'),
  ...('url' in endpoint ? { url: new URL(path, endpoint.url).href } : { service: { ...endpoint.service, path, port: 443 } }),
})

/** Everything that the API server would default is said, so that what it stores is what was sent. */
const webhook = (name: string, client: Record<string, unknown>, operations: string[], kinds: readonly Definition[], failurePolicy: 'Fail' | 'Ignore') => ({
  name,
  clientConfig: client,
  rules: (['Namespaced', 'Cluster'] as const)
    .map((scope) => ({ scope, resources: kinds.filter(({ namespaced }) => namespaced === (scope === 'Namespaced')).map(({ plural }) => plural) }))
    .filter(({ resources }) => resources.length > 0)
    .map(({ scope, resources }) => ({ apiGroups: ['kumulus.dev'], apiVersions: ['v1alpha1'], operations, resources, scope })),
  failurePolicy,
  matchPolicy: 'Equivalent',
  sideEffects: 'None',
  timeoutSeconds: 5,
  admissionReviewVersions: ['v1'],
})
