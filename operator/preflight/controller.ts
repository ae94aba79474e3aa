import { Gauge } from 'prom-client'
import { kumulus, type Kumulus, type KumulusStatus } from '../../crds/v1alpha1/kumulus.ts'
import { cdiResource } from '../providers/cdi/resources.ts'
import { storageClassInformer, volumeSnapshotClassInformer } from '../providers/csi/informers.ts'
import { kubeVirtResource } from '../providers/kubevirt/resources.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { isConflict } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import { condition, conditionsOf } from '../runtime/conditions.ts'
import { source } from '../runtime/controller.ts'
import { crdInformer } from '../runtime/crd-guard.ts'
import type { Log } from '../runtime/log.ts'
import { blocked, ready } from '../runtime/outcome.ts'
import { desiredDigest } from '../runtime/owned-digest.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { InformerSpec } from '../runtime/store.ts'
import { storedObject } from '../resources/stored.ts'
import { findingsOf, type ClusterFacts, type Finding, type Installation } from './dependencies.ts'

/** The one there is. */
const NAME = 'cluster'
const FIELD_MANAGER = 'kumulus-preflight'

/** Milliseconds after which is looked again at what no watch tells of: the versions and phases of KubeVirt and CDI. */
const LOOK_AGAIN = { wrong: 30_000, right: 600_000 } as const

const kumulusInformer: InformerSpec<Kumulus> = { resource: kumulus, objectName: NAME, trim: storedObject }

/**
 * Looks whether what Kumulus builds on is there and as it must be, and says so in the log, in a metric and by the status of the Kumulus object,
 * which it makes. Everything else works on with what is there. Before the runtime's start only.
 */
export const preflight = (runtime: Runtime, { clock, log }: { clock: Clock; log: Log }): void => {
  const gauge = new Gauge({
    name: 'kumulus_dependency_available', help: 'Whether what Kumulus builds on is there and as it must be', labelNames: ['dependency'],
    registers: [runtime.metrics.registry],
  })
  const told = new Map<string, string>()
  const look = () => [NAME]
  const controller = runtime.controller({
    name: 'preflight',
    workers: 1,
    sources: [
      source(kumulusInformer, look), source(storageClassInformer, look), source(volumeSnapshotClassInformer, look),
      source(crdInformer, ({ metadata }, previous) => (previous === undefined || metadata.deletionTimestamp !== undefined ? [NAME] : [])),
    ],
    reconcile: async () => {
      const findings = findingsOf(await observe(runtime))
      for (const { name, reason } of findings) gauge.set({ dependency: name }, reason === 'Available' ? 1 : 0)
      tell(findings, told, log)
      await writeStatus(runtime, findings, clock.now())
      return { after: findings.every(({ reason }) => reason === 'Available') ? LOOK_AGAIN.right : LOOK_AGAIN.wrong }
    },
  })
  // In an empty cluster no event would ever come.
  controller.queue.add(NAME)
}

const observe = async (runtime: Runtime): Promise<ClusterFacts> => {
  const definitions = new Set([...runtime.cache.of(crdInformer).list()].map(({ metadata }) => metadata.name))
  const installed = (resource: ResourceType) => definitions.has(`${resource.plural}.${resource.group}`) ? installation(runtime, resource) : undefined
  return {
    definitions,
    kubeVirt: await installed(kubeVirtResource),
    cdi: await installed(cdiResource),
    storageClasses: [...runtime.cache.of(storageClassInformer).list()],
    snapshotClasses: [...runtime.cache.of(volumeSnapshotClassInformer).list()],
  }
}

type Operated = KubeObject & {
  spec?: { configuration?: { developerConfiguration?: { featureGates?: string[]; disabledFeatureGates?: string[] } } }
  status?: { phase?: string; observedKubeVirtVersion?: string; observedVersion?: string }
}

const installation = async ({ client }: Runtime, resource: ResourceType): Promise<Installation | undefined> => {
  const [found] = (await client.list(resource, { limit: 1 })).items as Operated[]
  if (found === undefined) return undefined
  const { featureGates = [], disabledFeatureGates = [] } = found.spec?.configuration?.developerConfiguration ?? {}
  const { phase = '', observedKubeVirtVersion, observedVersion = '' } = found.status ?? {}
  return { phase, version: observedKubeVirtVersion ?? observedVersion, featureGates, disabledFeatureGates }
}

/** Once a news. */
const tell = (findings: readonly Finding[], told: Map<string, string>, log: Log): void => {
  for (const { name, reason, message, version } of findings) {
    const said = `${reason} ${message} ${version ?? ''}`
    if (told.get(name) === said) continue
    told.set(name, said)
    if (reason === 'Available') log.info({ dependency: name, version }, 'what Kumulus builds on is there')
    else log.warn({ dependency: name, reason, version }, message)
  }
}

const writeStatus = async (runtime: Runtime, findings: readonly Finding[], now: number): Promise<void> => {
  const { client } = runtime
  const { store } = runtime.informer(kumulusInformer)
  const fresh = { apiVersion: 'kumulus.dev/v1alpha1', kind: kumulus.kind, metadata: { name: NAME }, spec: {} }
  const object = store.get(NAME) ?? await client.create<Kumulus>(kumulus, fresh).catch(async (error: unknown) => {
    if (!isConflict(error)) throw error
    return client.get<Kumulus>(kumulus, { name: NAME })
  })
  store.put(object)
  const status = statusOf(object, findings, now)
  const digest = desiredDigest({ status })
  if (store.holds(NAME, FIELD_MANAGER, digest)) return
  const { uid, resourceVersion } = object.metadata
  const body = { apiVersion: object.apiVersion, kind: object.kind, metadata: { name: NAME, uid, resourceVersion }, status }
  const answer = await client.apply<Kumulus>(kumulus, body, { fieldManager: FIELD_MANAGER, subresource: 'status' })
  store.put(answer)
  store.applied(NAME, FIELD_MANAGER, digest, answer)
}

const statusOf = ({ metadata, status }: Kumulus, findings: readonly Finding[], now: number): KumulusStatus => {
  const wrong = findings.filter(({ reason }) => reason !== 'Available')
  const input = { previous: status?.conditions, generation: metadata.generation, now }
  const names = wrong.map(({ name }) => name).join(', ')
  const outcome = wrong.length === 0 ? ready : blocked('DependencyMissing', `not as it must be: ${names}; the conditions of these names say what to do. What does not need them works`)
  return {
    observedGeneration: metadata.generation ?? 0,
    conditions: [
      ...conditionsOf({ ...input, outcome, readyReason: 'Available' }),
      ...findings.map(({ name, reason, message }) => condition(input, name, reason === 'Available' ? 'True' : 'False', reason, message)),
    ],
    dependencies: findings.flatMap(({ name, version }) => version === undefined || version === '' ? [] : [{ name, version }]),
  }
}
