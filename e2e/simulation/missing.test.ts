import test from 'ava'
import { customResourceDefinitionOf } from '../../crds/generation/custom-resource-definition.ts'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { apiVersionOf, type KubeObject, type NewObject, type ResourceType } from '../../crds/kubernetes.ts'
import { everyDefinition, instanceType, kumulus, vpc } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { preflight } from '../../operator/preflight/controller.ts'
import { cdiResource } from '../../operator/providers/cdi/resources.ts'
import { vpcResource } from '../../operator/providers/kube-ovn/resources.ts'
import { kubeVirtResource } from '../../operator/providers/kubevirt/resources.ts'
import { createClient, isNotFound } from '../../operator/runtime/client.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../operator/runtime/crd-guard.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { admin, testServer } from '../../sandbox/apiserver/test-server.ts'
import { ownCrds } from '../../sandbox/stand-ins/install-crds.ts'
import { startOperatorProcess } from './operator-process.ts'

type Told = KubeObject & {
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[]; dependencies?: { name: string; version: string }[] }
}

/** A cluster without anybody who acts in it, and without the definitions that `missing` names. */
const cluster = async (missing: (definition: string) => boolean) => {
  const { server, clock, transport } = testServer()
  const client = createClient(transport)
  const install = async (definitions: readonly { metadata: { name: string } }[]) => {
    for (const each of definitions) await client.create(CUSTOM_RESOURCE_DEFINITIONS, each as unknown as NewObject)
    await clock.advance(5000)
  }
  await install([...everyDefinition.map(customResourceDefinitionOf), ...ownCrds.filter(({ metadata }) => !missing(metadata.name))])
  const find = (resource: ResourceType, name: string, namespace?: string): Promise<Told | undefined> =>
    client.get<Told>(resource, { name, ...namespace === undefined ? {} : { namespace } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
      return undefined
    })
  const operator = startOperatorProcess(server, clock, {
    user: admin,
    kinds: (settings) => [
      ...controllers(settings),
      { kind: 'Kumulus', finalizer: undefined, register: (runtime) => preflight(runtime, { clock, log: silentLog }) },
    ],
  })
  const reasonOf = async (resource: ResourceType, name: string, type = 'Ready', namespace?: string) =>
    (await find(resource, name, namespace))?.status?.conditions?.find((each) => each.type === type)
  const make = (resource: ResourceType, name: string, spec: object, namespace?: string) => client.create(resource, {
    apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name, ...namespace === undefined ? {} : { namespace } }, spec,
  })
  return { client, clock, install, find, operator, reasonOf, make }
}

const ofKubeVirt = (name: string) => name.endsWith('kubevirt.io') && !name.endsWith('cdi.kubevirt.io')

test('what does not need what is missing works; what does says so in words, and goes on by itself when it comes', async (t) => {
  const { clock, install, find, operator, reasonOf, make } = await cluster(ofKubeVirt)
  await make(vpc, 'main', { cidrBlocks: ['10.0.0.0/16'] }, 'default')
  await make(instanceType, 't3.micro', { vcpus: 2, memory: '1Gi' })
  await clock.advance(30_000)
  const id = idOf(idPrefixes.vpc, (await find(vpc, 'main', 'default'))?.metadata.uid ?? '')
  t.truthy(await find(vpcResource, id), 'the network is made')
  const waits = await reasonOf(instanceType, 't3.micro')
  t.is(waits?.reason, 'NotInstalled')
  t.regex(waits?.message ?? '', /VirtualMachineClusterInstancetype.*instancetype\.kubevirt\.io.*not installed.*kumulus\/cluster/)
  t.regex((await reasonOf(kumulus, 'cluster'))?.message ?? '', /not as it must be: KubeVirt, CDI, Snapshots, Storage;/)
  t.like(await reasonOf(kumulus, 'cluster', 'Stalled'), { status: 'True', reason: 'DependencyMissing' })
  t.regex((await reasonOf(kumulus, 'cluster', 'KubeVirt'))?.message ?? '', /KubeVirt is not installed: there is no CustomResourceDefinition kubevirts.kubevirt.io/)
  t.like(await reasonOf(kumulus, 'cluster', 'KubeOVN'), { status: 'True' })
  await install(ownCrds.filter(({ metadata }) => ofKubeVirt(metadata.name)))
  await make(kubeVirtResource, 'kubevirt', {}, 'default')
  await clock.advance(60_000)
  t.like(await reasonOf(instanceType, 't3.micro'), { status: 'True' })
  t.is((await reasonOf(kumulus, 'cluster', 'KubeVirt'))?.reason, 'NotDeployed')
  operator.crash()
})

test('a whole cluster is told of once, and then nothing is written any more', async (t) => {
  const { client, clock, find, operator, reasonOf, make } = await cluster(() => false)
  const deployed = async (resource: ResourceType, name: string, status: object, namespace?: string) => {
    await make(resource, name, {}, namespace)
    await client.mergePatch(resource, { name, ...namespace === undefined ? {} : { namespace } }, { status }, resource === cdiResource ? {} : { subresource: 'status' })
  }
  await deployed(kubeVirtResource, 'kubevirt', { phase: 'Deployed', observedKubeVirtVersion: 'v1.9.0' }, 'default')
  await deployed(cdiResource, 'cdi', { phase: 'Deployed', observedVersion: 'v1.66.0' })
  await clock.advance(700_000)
  t.like(await reasonOf(kumulus, 'cluster', 'KubeVirt'), { status: 'True' })
  t.deepEqual((await find(kumulus, 'cluster'))?.status?.dependencies, [{ name: 'KubeVirt', version: 'v1.9.0' }, { name: 'CDI', version: 'v1.66.0' }])
  const { resourceVersion } = (await find(kumulus, 'cluster'))?.metadata ?? {}
  await clock.advance(3_600_000)
  t.is((await find(kumulus, 'cluster'))?.metadata.resourceVersion, resourceVersion)
  operator.crash()
})
