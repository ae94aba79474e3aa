import test from 'ava'
import fc from 'fast-check'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { persistentVolumeResource } from '../../../operator/providers/csi/resources.ts'
import { arbitraryObject, type ArbitraryObject } from './arbitrary-spec.ts'
import { startAttackCloud } from './attack-cloud.ts'
import { isNews, isOurs, recordingWrites, strayKeys, textsOf, type Written } from './written.ts'
import { differences } from './untouched.ts'

/** What is wrong with what was written for the attacker. */
type Verdict = { admitted: number; writes: number; problems: string[]; seen: Map<string, Written> }

/** Applies all at once, lets them come to rest, and looks at every write. */
const judge = async (objects: readonly ArbitraryObject[]): Promise<Verdict> => {
  const written: Written[] = []
  const cloud = await startAttackCloud({ webhook: 'down', wrap: (transport) => recordingWrites(transport, written) })
  const before = cloud.untouched()
  written.length = 0
  const admissions = await Promise.all(objects.map(({ kind, name, spec, labels, annotations }) => {
    const sent = JSON.parse(JSON.stringify(spec)) as object
    return cloud.mallory.apply(kind, name, sent, { labels, annotations }).then((object) => object.metadata, () => undefined)
  }))
  await cloud.settle()
  const volumes = (await cloud.list(persistentVolumeResource))
    .filter(({ spec }) => (spec['claimRef'] as Claim | undefined)?.namespace === 'mallory').map(({ metadata }) => metadata.name)
  const ids = idsIn(cloud.server.state().objects, 'mallory')
  const foreign = [...idsIn(cloud.server.state().objects, 'victim')]
  const foreignWrites = written.filter((write) => !isNews(write) && !isOurs(write))
  const problems = [
    ...written.filter((write) => !isNews(write)).flatMap((write) => placeProblems(write, ids, volumes)),
    ...foreignWrites.flatMap((write) => [...strayKeys(write), ...nameProblems(write, foreign)]),
    ...differences(before, cloud.untouched()),
  ]
  await cloud.stop()
  const seen = new Map(foreignWrites.filter(({ method }) => method !== 'DELETE').map((write) => [write.resource, write]))
  return { admitted: admissions.filter((each) => each !== undefined).length, writes: written.length, problems: [...new Set(problems)], seen }
}

type Claim = { namespace?: string }

/** IDs and UIDs of what is in an account. */
const idsIn = (objects: readonly (readonly [bucket: string, key: string, object: { metadata: object }])[], namespace: string): Set<string> =>
  new Set(objects.filter(([, key]) => key.startsWith(`${namespace}/`)).flatMap(([, , { metadata }]) => {
    const { uid } = metadata as { uid: string }
    return [uid, ...Object.values(idPrefixes).map((prefix) => idOf(prefix, uid))]
  }))

/** In the tenant's namespace, or named by an ID of something in it, or the storage's for a claim in it. */
const placeProblems = ({ resource, namespace, name }: Written, ids: ReadonlySet<string>, volumes: readonly string[]): string[] => {
  if (namespace === 'mallory') return []
  const isTheirs = namespace === '' && (ids.has(name) || (resource === 'persistentvolumes' && volumes.includes(name)))
  return isTheirs || gone(name) ? [] : [`${resource} ${namespace}/${name} is not the tenant's`]
}

/** An ID of an object that has gone again says nothing of whose it was: the comparison of states does. */
const gone = (name: string): boolean => /^(vpc|subnet)-[0-9a-f]{17}$/.test(name)

const nameProblems = (write: Written, foreign: readonly string[]): string[] => {
  const texts = textsOf(write.body)
  const isNamed = (text: string) => foreign.includes(text) || /(^|[/.])victim($|[/.])|kube-system\//.test(text) || foreign.some((id) => text.includes(id))
  return texts.filter(isNamed).map((text) => `${write.resource} ${write.name} names ${text}`)
}

/** What any run makes. */
const expected = [
  'virtualmachines.kubevirt.io', 'secrets', 'datavolumes.cdi.kubevirt.io', 'datasources.cdi.kubevirt.io', 'volumesnapshots.snapshot.storage.k8s.io',
  'persistentvolumes', 'vpcs.kubeovn.io', 'subnets.kubeovn.io', 'network-attachment-definitions.k8s.cni.cncf.io', 'networkpolicies.networking.k8s.io',
]

/** The same write with one key too many. */
const marked = (write: Written): Written => {
  const body = (write.body ?? {}) as { metadata?: { annotations?: object } }
  return { ...write, body: { ...body, metadata: { ...body.metadata, annotations: { ...body.metadata?.annotations, 'ovn.kubernetes.io/security_groups': 'x' } } } }
}

test('whatever a tenant asks for, every object that we write says only what is allowed, names only what is theirs or ours, and is where it belongs', async t => {
  let [admitted, writes] = [0, 0]
  const seen = new Map<string, Written>()
  await fc.assert(fc.asyncProperty(fc.array(arbitraryObject, { minLength: 60, maxLength: 60 }), async objects => {
    const verdict = await judge(objects)
    admitted += verdict.admitted
    writes += verdict.writes
    for (const [resource, write] of verdict.seen) seen.set(resource, write)
    if (verdict.problems.length > 0) throw new Error(verdict.problems.slice(0, 20).join('\n'))
  }), { numRuns: 6, endOnFailure: true })
  t.log(`${admitted} specs were admitted, ${writes} writes followed`)
  t.true(admitted >= 200, `${admitted} admitted`)
  // That nothing was found says something only of what there was to look at, and where something would have been found.
  t.deepEqual(expected.filter((resource) => !seen.has(resource)), [])
  for (const [resource, write] of seen) t.not(strayKeys(marked(write)).length, 0, resource)
})
