import test from 'ava'
import { readFileSync } from 'node:fs'
import { keyOf } from '../../crds/kubernetes.ts'
import { volume } from '../../crds/v1alpha1/index.ts'
import { seededRandom } from '../../operator/runtime/random.ts'
import { accountManifests, allFiles, basis, filesIn, type Manifest, manifestsOf, networkFiles, storageFiles } from './examples.ts'
import { startGitCloud } from './git-cloud.ts'
import { liveOf, resourceOf, serverSide, targetOf } from './sync.ts'

const files = allFiles()
/** What is tried by itself. */
const sets = [
  ...filesIn().map(file => ({ title: file, parts: [file] })), { title: 'network/', parts: networkFiles() }, { title: 'storage/', parts: storageFiles() },
]
const everything = (): Manifest[] => [...files.flatMap(manifestsOf), ...accountManifests()]
const titleOf = (manifest: Manifest) => `${manifest.kind} ${keyOf(targetOf(manifest))}`

/** Any order but one: nothing can be put into a namespace that isn't there, and every tool brings namespaces first. */
const shuffled = (manifests: readonly Manifest[], random: () => number): Manifest[] => {
  const ranked = manifests.map(manifest => ({ manifest, rank: manifest.kind === 'Namespace' ? -1 : random() }))
  return ranked.sort((one, other) => one.rank - other.rank).map(({ manifest }) => manifest)
}

const redNamespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-red' } }

test('no two examples make the same thing', t => {
  const titles = everything().map(titleOf)
  t.deepEqual(titles.filter((title, index) => titles.indexOf(title) !== index), [])
})

test('every file is in the list that a newcomer reads, and the other way round', t => {
  const readme = readFileSync(new URL('../../examples/README.md', import.meta.url), 'utf8')
  for (const file of files) t.true(readme.includes(`[${file}](${file})`), file)
  for (const [, file = ''] of readme.matchAll(/\]\(([a-z/-]+\.yaml)\)/g)) t.true(files.includes(file), file)
})

for (const [index, { title, parts }] of sets.entries()) {
  test.serial(`${title} applies in any order and ends with everything ready`, async t => {
    const random = seededRandom(index + 1)
    const cloud = await startGitCloud(index + 1)
    const manifests = [...new Set([basis, ...parts])].flatMap(manifestsOf)
    for (const manifest of shuffled(manifests, random)) {
      await serverSide(cloud.client, manifest)
      await cloud.clock.advance(random() * 3000)
    }
    await t.notThrowsAsync(cloud.untilCurrent(manifests))
    await cloud.stop()
  })
}

for (const seed of [1, 2]) {
  test.serial(`all examples apply in one go in any order, end ready, and can be deleted in any order (seed ${seed})`, async t => {
    const random = seededRandom(seed)
    const cloud = await startGitCloud(seed)
    const manifests = [redNamespace, ...everything()]
    await cloud.sync(serverSide, shuffled(manifests, random))
    await t.notThrowsAsync(cloud.untilCurrent(manifests))
    for (const manifest of manifests.filter(({ spec }) => spec?.['disableAPITermination'] === true)) {
      await cloud.client.mergePatch(resourceOf(manifest), targetOf(manifest), { spec: { disableAPITermination: false } })
    }
    const inAccounts = manifests.filter(({ kind }) => kind !== 'Namespace' && kind !== 'RoleBinding')
    for (const manifest of shuffled(inAccounts, random)) await cloud.client.delete(resourceOf(manifest), targetOf(manifest))
    await cloud.within(async () => (await Promise.all(inAccounts.map(manifest => liveOf(cloud.client, manifest)))).every(live => live === undefined))
    t.deepEqual((await cloud.list(volume)).map(({ metadata }) => metadata.name), ['db-sdf'], 'the disk that outlives its instance')
    await cloud.stop()
  })
}
