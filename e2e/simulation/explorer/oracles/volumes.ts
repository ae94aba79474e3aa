import { pathOfObject } from '../paths.ts'
import type { Run, Write } from '../history.ts'
import type { Stored } from '../scenario.ts'
import type { Oracle } from './oracle.ts'

/**
 * Bytes go only with what was deleted by name: a Volume, an Instance whose disks go with it, an Image (whose bytes can be had again). Whoever but the
 * operator deletes such an object by name, as one that is made again unseen, stands for the user.
 */
export const bytesKept: Oracle = (run) => {
  const named = volumesNamed(run)
  const lost = run.events.filter(({ bucket, type, object }) => type === 'DELETED' && buckets.has(bucket) && !isNamed(object, named))
  const released = run.events.filter(({ bucket, object, previous }) =>
    bucket === '/persistentvolumes' && policyOf(object) === 'Delete' && policyOf(previous) === 'Retain' && !isNamed(object, named))
  return [
    ...(struck(run).some(({ bucket }) => buckets.has(bucket)) ? [] : lost.map(({ bucket, key }) => `${bucket} ${key} was deleted, and nobody had named it`)),
    ...released.map(({ key }) => `PersistentVolume ${key} was let go, and nobody had named its volume`),
    ...run.writes.filter((write) => deletesBytes(write, named)).map(({ path }) => `the operator deleted ${path}, and nobody had named it`),
  ]
}

const buckets = new Set(['kumulus.dev/volumes', '/persistentvolumeclaims', '/persistentvolumes', 'cdi.kubevirt.io/datavolumes'])

const policyOf = (object: Stored | undefined): unknown => object?.spec?.['persistentVolumeReclaimPolicy']

/** Deletions that neither the operator nor the garbage collector asked for: a user's, or a perturbation's. */
const struck = ({ events, writes }: Run) => {
  const deleted = new Set(writes.filter(({ method }) => method === 'DELETE').map(({ path }) => path))
  return events.filter(({ bucket, type, object, previous }) =>
    (type === 'DELETED' || (object.metadata.deletionTimestamp !== undefined && previous?.metadata.deletionTimestamp === undefined)) &&
    !deleted.has(pathOfObject(bucket, object)) && (object.metadata.ownerReferences ?? []).length === 0)
}

/** `namespace/name` of every volume that the user gave up. */
const volumesNamed = (run: Run): Set<string> => {
  const named = new Set<string>()
  const giveUp = ({ metadata: { namespace } }: Stored, names: readonly string[]) => names.forEach((name) => named.add(`${namespace ?? ''}/${name}`))
  for (const { bucket, object } of struck(run)) {
    if (bucket === 'kumulus.dev/volumes') giveUp(object, [object.metadata.name])
    if (bucket === 'kumulus.dev/instances') giveUp(object, disksOf(object))
  }
  for (const { bucket, object } of run.events) if (bucket === 'kumulus.dev/instances' && endsWithItsGuest(object)) giveUp(object, disksOf(object))
  return named
}

/** The user said beforehand that a shutdown of the guest is to be the end. */
const endsWithItsGuest = ({ spec }: Stored): boolean => spec?.['instanceInitiatedShutdownBehavior'] === 'Terminate'

/** The disks that go with an Instance: its root unless it says otherwise, and others that say so. */
const disksOf = ({ metadata, spec }: Stored): string[] => {
  const devices = (spec?.['blockDevices'] ?? []) as { deviceName: string; deleteOnTermination?: boolean }[]
  return devices.filter((each, index) => each.deleteOnTermination ?? index === 0).map(({ deviceName }) => `${metadata.name}-${deviceName.replace('/dev/', '')}`)
}

/** Of an Image, or of a volume that was named. A PersistentVolume is called by its claim. */
const isNamed = ({ metadata, spec }: Stored, named: ReadonlySet<string>): boolean => {
  const { namespace = '', name } = (spec?.['claimRef'] as { namespace?: string; name: string } | undefined) ?? metadata
  return named.has(`${namespace}/${name}`) || name.startsWith('ami-') || metadata.labels?.['kumulus.dev/owner-kind'] === 'Image'
}

const deletesBytes = ({ method, path, status }: Write, named: ReadonlySet<string>): boolean => {
  const [, namespace = '', plural, name = ''] = byteBearers.exec(path) ?? []
  return method === 'DELETE' && status < 300 && plural !== undefined && !named.has(`${namespace}/${name}`) && !name.startsWith('ami-')
}

const byteBearers = /(?:\/namespaces\/([^/]+))?\/(volumes|persistentvolumeclaims|persistentvolumes|datavolumes)\/([^/]+)$/
