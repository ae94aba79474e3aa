import test from 'ava'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { vpc } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { networkAttachmentResource, subnetResource, vpcResource } from '../../operator/providers/kube-ovn/resources.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import { resolverAttachment } from '../../operator/providers/resolver/deployment.ts'
import { deploymentResource } from '../../operator/providers/resolver/resources.ts'
import { resources } from '../../sandbox/stand-ins/resources.ts'
import { systemNamespace } from '../access.ts'
import { createWorld, type World } from './world.ts'

const program = { image: 'registry.example.com/kumulus:1', upstreams: ['192.0.2.53'], withheldDomains: [], pullSecrets: [] }

const vpcNamed = (name: string, spec: object = {}) =>
  ({ apiVersion: '', kind: 'VPC', metadata: { name }, spec: { cidrBlocks: ['10.0.0.0/16'], ...spec } })
const conditionOf = async (world: World, name: string) => ((await world.get(vpc, name))?.status?.['conditions'] as
  { type: string; status: string; reason: string; message: string }[] | undefined)?.find(({ type }) => type === 'DNSAvailable')
const inSystem = async (world: World, resource: ResourceType) =>
  (await world.list(resource)).filter(({ metadata }) => metadata.namespace === systemNamespace)
const switches = async (world: World) => (await world.list(subnetResource)).filter(({ metadata }) => metadata.name.startsWith('dns-'))

test('a VPC has two DNS servers on a switch of their own, says when one is up, and loses them with its wish, its life, or the platform\'s', async t => {
  const world = await createWorld({ kinds: settings => controllers({ ...settings, resolver: program }) })
  await world.client.create(networkAttachmentResource, {
    apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata: { name: resolverAttachment, namespace: systemNamespace },
    spec: { config: '{}' },
  })
  await world.apply(vpcNamed('main'), vpcNamed('twin'), vpcNamed('mute', { enableDNSSupport: false }), vpcNamed('clash', { cidrBlocks: ['192.0.0.0/24'] }))
  await world.until(async () => (await conditionOf(world, 'main'))?.status === 'True' && (await conditionOf(world, 'twin'))?.status === 'True')
  t.like(await conditionOf(world, 'main'), { reason: 'Available', message: '192.0.0.250 and 192.0.0.251 answer for main.internal' })
  t.is(await conditionOf(world, 'mute'), undefined)
  t.like(await conditionOf(world, 'clash'), { status: 'False', reason: 'InvalidSpec' })
  const pods = await inSystem(world, resources.pods)
  t.deepEqual((await switches(world)).length, 2)
  for (const { metadata } of await switches(world)) {
    const key = (name: string) => `${resolverAttachment}.${systemNamespace}.ovn.kubernetes.io/${name}`
    const own = pods.filter(pod => pod.metadata.annotations?.[key('logical_switch')] === metadata.name)
    t.deepEqual(own.map(pod => pod.metadata.annotations?.[key('ip_address')]).sort(), ['192.0.0.250', '192.0.0.251'])
    t.true(own.every(pod => pod.spec['automountServiceAccountToken'] === false))
  }

  const mute = (name: string, enableDNSSupport: boolean) => world.apply(vpcNamed(name, { enableDNSSupport }))
  await mute('twin', false)
  await world.until(async () => (await switches(world)).length === 1 && (await inSystem(world, resources.pods)).length === 2)
  t.is(await conditionOf(world, 'twin'), undefined)
  const twin = (await world.get(vpc, 'twin'))?.status?.['vpcID'] as string
  await world.until(async () => (await world.get(vpcResource, twin))?.spec['policyRoutes'] === undefined)
  t.is((await world.get(networkPolicyResource, twin))?.spec['egress'], undefined)

  await world.apply(vpcNamed('main', { cidrBlocks: ['10.0.0.0/16', '10.1.0.0/16'] }))
  await world.until(async () => (await inSystem(world, resources.pods)).filter(pod => JSON.stringify(pod.spec).includes('10.1.0.0/16')).length === 2)

  await mute('twin', true)
  await world.until(async () => (await conditionOf(world, 'twin'))?.status === 'True')
  await world.remove(vpc, 'main')
  await world.until(async () => await world.get(vpc, 'main').catch(() => undefined) === undefined)
  t.is((await inSystem(world, deploymentResource)).length, 1)
  t.is((await switches(world)).length, 1)

  world.crash()
  world.start({ kinds: controllers })
  await world.until(async () => (await switches(world)).length === 0 && (await inSystem(world, resources.pods)).length === 0)
  t.like(await conditionOf(world, 'twin'), { status: 'False', reason: 'NotInstalled' })
  await world.stop()
})
