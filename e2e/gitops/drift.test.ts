import test from 'ava'
import { type KubeObject, keyOf } from '../../crds/kubernetes.ts'
import { instance } from '../../crds/v1alpha1/index.ts'
import { accountManifests, allFiles, basis, type Manifest, manifestsOf } from './examples.ts'
import { type GitCloud, startGitCloud } from './git-cloud.ts'
import { clientSide, lastAppliedTo, liveOf, serverSide, type Sync, targetOf } from './sync.ts'
import { argoDifference, said } from './three-way-patch.ts'

/** As tools mark what they bring, so that they know it again: Argo CD by an annotation or by the label, Helm by the label and by two annotations. */
const marks = {
  annotations: { 'argocd.argoproj.io/tracking-id': 'blue:kumulus.dev/Instance:default/web', 'meta.helm.sh/release-name': 'blue' },
  labels: { 'app.kubernetes.io/instance': 'blue', 'kustomize.toolkit.fluxcd.io/name': 'blue' },
}

const marked = ({ metadata, ...rest }: Manifest): Manifest => ({
  ...rest,
  metadata: { ...metadata, annotations: { ...metadata.annotations, ...marks.annotations }, labels: { ...metadata.labels, ...marks.labels } },
})

const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-red' } }
const files = [basis, ...allFiles().filter(file => file !== basis)]
const manifests: readonly Manifest[] = [namespace, ...files.flatMap(manifestsOf), ...accountManifests()].map(marked)

const titleOf = (manifest: Manifest) => `${manifest.kind} ${keyOf(targetOf(manifest))}`

const lives = (cloud: GitCloud) => Promise.all(manifests.map(async manifest => ({ manifest, live: await liveOf(cloud.client, manifest) })))

const clouds = new Map<Sync, Promise<GitCloud>>()

/** One with every example in it and at rest, for all that is asked of what was brought there in one way. */
const converged = (how: Sync): Promise<GitCloud> => {
  const cloud = clouds.get(how) ?? begin(how)
  clouds.set(how, cloud)
  return cloud
}

const begin = async (how: Sync): Promise<GitCloud> => {
  const cloud = await startGitCloud()
  await cloud.sync(how, manifests)
  await cloud.untilCurrent(manifests)
  await cloud.clock.advance(60_000)
  return cloud
}

test.after.always(async () => {
  for (const cloud of clouds.values()) await (await cloud).stop()
})

for (const [title, how] of [['client-side', clientSide], ['server-side', serverSide]] as const) {
  test.serial(`nothing of what is applied ${title} is ever rewritten, and to apply it again writes nothing`, async t => {
    const cloud = await converged(how)
    const before = await lives(cloud)
    for (const { manifest, live } of before) {
      t.deepEqual(manifest.spec === undefined ? undefined : said(manifest.spec, live?.spec), manifest.spec, titleOf(manifest))
      if (live?.metadata.generation !== undefined) t.is(live.metadata.generation, 1, `${titleOf(manifest)}: nobody has changed its spec`)
      t.is(await how(cloud.client, manifest), 'unchanged', titleOf(manifest))
    }
    cloud.writes.length = 0
    await cloud.clock.advance(600_000)
    t.deepEqual(cloud.writes, [], 'ten minutes later')
    for (const [index, { manifest, live }] of (await lives(cloud)).entries()) {
      t.is(live?.metadata.resourceVersion, before[index]?.live?.metadata.resourceVersion, titleOf(manifest))
    }
  })
}

test.serial('Argo CD sees every example in sync and healthy, and nothing beside them that it would prune', async t => {
  const cloud = await converged(clientSide)
  for (const { manifest, live } of await lives(cloud)) {
    const whole = { ...manifest, metadata: { ...manifest.metadata, ...targetOf(manifest) } }
    t.deepEqual(argoDifference(lastAppliedTo(live as KubeObject), whole, live as never), {}, titleOf(manifest))
    if (!manifest.apiVersion.startsWith('kumulus.dev/')) continue
    const { status, message } = await cloud.health(manifest)
    t.is(status, 'Healthy', titleOf(manifest))
    // What works may say what it has not: a VPC names that nobody answers for, a snapshot that its volumes were taken one after the other.
    const conditions = (live as { status?: { conditions?: { status: string; message: string }[] } }).status?.conditions ?? []
    t.true(['', ...conditions.filter((condition) => condition.status === 'False').map((condition) => condition.message)].includes(message), titleOf(manifest))
  }
  const ours = new Set(manifests.map(titleOf))
  const objects = cloud.server.state().objects.map(([, , object]) => object)
  const strangers = objects.filter(({ kind, metadata }) => !ours.has(`${kind} ${keyOf(metadata as KubeObject['metadata'])}`))
  t.true(strangers.length > 100)
  for (const { kind, metadata } of strangers) {
    for (const mark of [...Object.keys(marks.annotations), ...Object.keys(marks.labels)]) {
      t.false(mark in { ...metadata.annotations as object, ...metadata.labels as object }, `${kind} ${metadata.name}: ${mark}`)
    }
  }
})

test.serial('what a person changes by hand is brought back by the next sync, and the operator follows', async t => {
  const cloud = await converged(serverSide)
  const spare = manifests.find(({ kind, metadata }) => kind === 'Instance' && metadata.name === 'spare') as Manifest
  await cloud.client.apply(instance, { ...spare, metadata: { ...targetOf(spare) }, spec: { ...spare.spec, state: 'Running' } }, { fieldManager: 'somebody', force: true })
  await cloud.within(async () => stateOf(await liveOf(cloud.client, spare)) === 'running')
  t.is(await serverSide(cloud.client, spare), 'configured')
  await cloud.within(async () => stateOf(await liveOf(cloud.client, spare)) === 'stopped')
  await cloud.untilCurrent(manifests)
})

const stateOf = (live: KubeObject | undefined) => (live as { status?: { state?: string } } | undefined)?.status?.state
