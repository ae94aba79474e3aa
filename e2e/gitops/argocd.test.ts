import test from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, matchesGlob } from 'node:path'
import { parse, stringify } from 'yaml'
import { rendered } from '../../charts/testing/helm.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { accountManifests, filesIn, manifestsOf } from './examples.ts'

type Spec = {
  source: { path: string; directory?: { include: string }; helm?: { releaseName: string; valuesObject: object } }
  destination: { namespace: string }
  project: string
  syncPolicy: { syncOptions?: string[] }
}
type Found<T> = { kind: string; metadata: { name: string; annotations?: Record<string, string>; finalizers?: string[] }; spec: T }

const manifests = filesIn('argocd/').flatMap(manifestsOf)
const found = <T>(kind: string, name: string): Found<T> =>
  manifests.find(each => each.kind === kind && each.metadata.name === name) as unknown as Found<T>

const application = found<Spec>('Application', 'kumulus')
type Template = { syncPolicy: { preserveResourcesOnDeletion: boolean }; template: { metadata: { name: string }; spec: Spec } }
const opening = found<Template>('ApplicationSet', 'open-accounts')
const accounts = found<Template>('ApplicationSet', 'accounts')
type Admits = {
  destinations: { namespace: string }[]
  clusterResourceWhitelist: object[]
  namespaceResourceWhitelist: { group: string; kind: string }[]
}
const project = found<Admits>('AppProject', 'accounts')

const root = new URL('../../', import.meta.url)

/** Fields that Argo CD has (its CustomResourceDefinitions as of 3.6), of those which the examples use. What is below one that ends in `*` is free. */
const source = ['repoURL', 'targetRevision', 'path', 'directory.include', 'helm.releaseName', 'helm.valuesObject.*'].map(field => `source.${field}`)
const policy = [
  'automated.prune', 'automated.selfHeal', 'managedNamespaceMetadata.labels.*', 'syncOptions[]',
  'retry.limit', 'retry.backoff.duration', 'retry.backoff.factor', 'retry.backoff.maxDuration',
].map(field => `syncPolicy.${field}`)
const applicationFields = ['project', 'destination.server', 'destination.namespace', ...source, ...policy]
const git = ['repoURL', 'revision', 'directories[].path'].map(field => `generators[].git.${field}`)
const known: Readonly<Record<string, readonly string[]>> = {
  Application: applicationFields,
  ApplicationSet: [
    'goTemplate', 'goTemplateOptions[]', ...git, 'syncPolicy.preserveResourcesOnDeletion', 'template.metadata.name',
    ...applicationFields.map(field => `template.spec.${field}`),
  ],
  AppProject: [
    'description', 'sourceRepos[]', 'destinations[].server', 'destinations[].namespace', 'clusterResourceWhitelist',
    'namespaceResourceWhitelist[].group', 'namespaceResourceWhitelist[].kind',
  ],
}

const leaves = (value: unknown, path: string): string[] => {
  if (Array.isArray(value)) return value.length === 0 ? [path] : value.flatMap(item => leaves(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`))
}

test('every field is one that Argo CD has', t => {
  for (const { kind, spec, metadata } of manifests.filter(each => each.kind !== 'ConfigMap')) {
    const fields = known[kind] ?? []
    const unknown = leaves(spec, '').filter(leaf => !fields.some(field => field.endsWith('*') ? leaf.startsWith(field.slice(0, -1)) : leaf === field))
    t.deepEqual(unknown, [], `${kind} ${metadata.name}`)
    t.is((metadata as { namespace?: string }).namespace, 'argocd')
  }
})

test('the chart takes the values of the Application, and the account’s binding is for the operator that it installs', async t => {
  const { source: { path, helm }, destination } = application.spec
  t.is(path, 'charts/kumulus')
  const folder = await mkdtemp(join(tmpdir(), 'kumulus-values-'))
  writeFileSync(join(folder, 'values.yaml'), stringify(helm?.valuesObject))
  const objects = await rendered('--values', join(folder, 'values.yaml'))
  await rm(folder, { recursive: true })
  t.true(objects.some(({ kind }) => kind === 'ServiceMonitor'))
  const { path: access, directory } = opening.spec.template.spec.source
  const binding = parse(readFileSync(new URL(`${access}/${directory?.include}`, root), 'utf8')) as {
    metadata: { namespace?: string }; roleRef: { name: string }; subjects: { name: string; namespace: string }[]
  }
  t.is(binding.metadata.namespace, undefined, 'so that it goes into the account')
  t.deepEqual(binding.subjects.map(({ namespace }) => namespace), [destination.namespace])
  for (const { name } of binding.subjects) t.true(objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === name), name)
  t.true(objects.some(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === binding.roleRef.name))
})

test('tenants’ folders bring what their project admits, and it admits no rights, no types and no namespaces', t => {
  const { destinations, clusterResourceWhitelist, namespaceResourceWhitelist } = project.spec
  t.deepEqual(clusterResourceWhitelist, [])
  const admitted = (group: string, kind: string) => namespaceResourceWhitelist.some(each => each.group === group && matchesGlob(kind, each.kind))
  for (const { kind, metadata } of accountManifests()) {
    const definition = definitions.find(each => each.kind === kind)
    t.true(definition?.namespaced === true && admitted(definition.group, kind), kind)
    t.true(destinations.some(({ namespace }) => matchesGlob(metadata.namespace ?? '', namespace)), metadata.namespace)
  }
  t.false(admitted('rbac.authorization.k8s.io', 'RoleBinding'))
  t.is(accounts.spec.template.spec.project, 'accounts')
})

test('instances come after what they need, and go before it', t => {
  const waves = accountManifests().map(({ kind, metadata }) => ({ kind, wave: Number(metadata.annotations?.['argocd.argoproj.io/sync-wave']) }))
  const instances = waves.filter(({ kind }) => kind === 'Instance').map(({ wave }) => wave)
  for (const { kind, wave } of waves) t.true(Number.isInteger(wave) && (kind === 'Instance' || wave < Math.min(...instances)), kind)
})

test('the definitions stay, whatever becomes of the Application or of the chart’s values', async t => {
  const definitions = (await rendered()).filter(({ kind }) => kind === 'CustomResourceDefinition')
  t.true(definitions.length > 10)
  // Argo CD heeds Helm's own word when an Application is deleted, but not when it prunes.
  for (const { metadata } of definitions) {
    t.like(metadata.annotations, { 'helm.sh/resource-policy': 'keep', 'argocd.argoproj.io/sync-options': 'Prune=false' }, metadata.name)
  }
})

test('no Application takes with it what it has brought, and what holds bytes is never pruned', t => {
  t.is(application.metadata.finalizers, undefined)
  for (const { spec } of [opening, accounts]) t.true(spec.syncPolicy.preserveResourcesOnDeletion)
  for (const { metadata, spec } of accountManifests().filter(({ kind }) => kind === 'Volume')) {
    t.is(metadata.annotations?.['argocd.argoproj.io/sync-options'], 'Prune=false,Delete=false')
    t.is(spec?.['deletionPolicy'], 'Retain')
  }
})
