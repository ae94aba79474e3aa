import { createHash } from 'node:crypto'
import { apiVersionOf } from '../../../../crds/kubernetes.ts'
import type { Client } from '../../../../operator/runtime/client.ts'
import type { WebhookService } from '../../../apiserver/admission/webhooks.ts'
import { uuidOfHash } from '../../../apiserver/identity.ts'
import { jsonEqual } from '../../../apiserver/json-equal.ts'
import { resources } from '../../resources.ts'
import type { VirtualMachine } from '../types.ts'
import { validateVirtualMachine, type AdmissionCause } from './admission.ts'

/** Where a real API server asks, and the authority (PEM) of the certificate that is shown there. */
export type WebhookAddress = { url: string; ca: string }

/** virt-api's Service, whose webhooks an API server of our own asks in its process. */
const virtApiService = { namespace: 'kubevirt', name: 'virt-api' }

const mutatePath = '/virtualmachines-mutate'
const validatePath = '/virtualmachines-validate'

type Review = { apiVersion: string; kind: string; request: { uid: string; operation: string; object: VirtualMachine } }

/** virt-api's webhooks of VirtualMachines: what it fills in, and what it refuses. Source: kubevirt v1.9.0, pkg/virt-api/webhooks. */
export const virtApiWebhooks: WebhookService = (path, body) => {
  const { request, ...kind } = JSON.parse(body) as Review
  const { uid, operation, object } = request
  // One that goes is let go: only its finalizers still change.
  const answer = object.metadata.deletionTimestamp !== undefined ? { allowed: true }
    : path === mutatePath ? mutated(object, operation === 'CREATE' ? uid : undefined) : judged(object)
  return JSON.stringify({ ...kind, response: { uid, ...answer } })
}

/** For an API server of our own. */
export const virtApiServices: ReadonlyMap<string, WebhookService> = new Map([[`${virtApiService.namespace}/${virtApiService.name}`, virtApiWebhooks]])

/**
 * Registers them, as virt-operator does.
 * @param address - left out where the API server has {@link virtApiServices}.
 */
export const installWebhooks = async (client: Client, address?: WebhookAddress): Promise<void> => {
  for (const [resource, name, webhook, path] of [
    [resources.mutatingWebhooks, 'virt-api-mutator', 'virtualmachines-mutator.kubevirt.io', mutatePath],
    [resources.validatingWebhooks, 'virt-api-validator', 'virtualmachine-validator.kubevirt.io', validatePath],
  ] as const) {
    const clientConfig = address === undefined ? { service: { ...virtApiService, path } }
      : { url: `${address.url}${path}`, caBundle: Buffer.from(address.ca).toString('base64') }
    const rules = [{ operations: ['CREATE', 'UPDATE'], apiGroups: ['kubevirt.io'], apiVersions: ['v1alpha3', 'v1'], resources: ['virtualmachines'] }]
    const webhooks = [{ name: webhook, clientConfig, rules, admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', timeoutSeconds: 10 }]
    const manifest = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name }, webhooks }
    await client.apply(resource, manifest, { fieldManager: 'stand-in', force: true })
  }
}

const mutated = (machine: VirtualMachine, createdAs: string | undefined) => {
  const spec = withDefaults(machine, createdAs)
  if (spec === undefined || jsonEqual(spec, machine.spec)) return { allowed: true }
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify([{ op: 'replace', path: '/spec', value: spec }])).toString('base64') }
}

/** Firmware and the layout of PCI are chosen once, at the creation. Undefined without a template: that is refused anyway. */
const withDefaults = ({ spec }: VirtualMachine, createdAs: string | undefined): VirtualMachine['spec'] | undefined => {
  const given = spec.template as VirtualMachine['spec']['template'] | undefined
  if (given === undefined) return undefined
  const { domain } = given.spec
  const machine = domain.machine?.type ? domain.machine : { ...domain.machine, type: 'q35' }
  const completed = { architecture: 'amd64', ...given.spec, domain: { resources: {}, ...domain, machine } }
  if (createdAs === undefined) return { ...spec, template: { ...given, spec: completed } }
  const annotations = { 'kubevirt.io/pci-topology-version': 'v3', ...given.metadata?.annotations }
  const firmware = { uuid: uuidOf(createdAs, 'uuid'), serial: uuidOf(createdAs, 'serial'), ...domain.firmware }
  const made = { ...completed, domain: { ...completed.domain, firmware } }
  return { ...spec, template: { ...given, metadata: { ...given.metadata, annotations }, spec: made } }
}

/** Chance, but the same again where the API server's is. */
const uuidOf = (seed: string, what: string): string => uuidOfHash(createHash('sha256').update(`${seed}/${what}`).digest('hex'), 4)

const judged = (machine: VirtualMachine) => {
  const causes = validateVirtualMachine(machine)
  if (causes.length > 0) return refused(causes)
  const isDeprecated = machine.spec.running !== undefined
  return { allowed: true, ...(isDeprecated ? { warnings: ['spec.running is deprecated, please use spec.runStrategy instead.'] } : {}) }
}

const refused = (causes: readonly AdmissionCause[]) => {
  const details = { causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })) }
  return { allowed: false, status: { code: 422, reason: 'Invalid', message: causes.map(({ message }) => message).join(', '), details } }
}
