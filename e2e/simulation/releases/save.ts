/**
 * Keeps what this release stores: `node e2e/simulation/releases/save.ts 0.2.0`, once, when it is made. What is kept of a release is never made
 * again: it is what there is in people's clusters.
 */
import type { ResourceType } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { isNotFound } from '../../../operator/runtime/client.ts'
import { quickstart, web } from '../instance-cloud.ts'
import { createWorld } from '../world.ts'
import { releases, writeRelease } from './release.ts'

const [version = ''] = process.argv.slice(2)
if (!/^\d+\.\d+\.\d+$/.test(version) || releases().includes(version)) throw new Error('say the version of a release that is not kept yet, for example 0.2.0')

const world = await createWorld()
const manifest = (kind: string, name: string, spec: object) => ({ apiVersion: '', kind, metadata: { name }, spec })
const resourceOf = (kind: string): ResourceType => definitions.find((each) => each.kind === kind) as ResourceType
const conditionOf = async (kind: string, name: string, reason: string) => {
  const object = await world.get(resourceOf(kind), name).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })
  return (object?.status?.['conditions'] as { type: string; reason: string }[] | undefined)?.some((each) => each.type === 'Ready' && each.reason === reason) === true
}
const { privateIPAddress: _, ...anywhere } = web

await world.apply(
  ...quickstart.map(([kind, name, spec]) => manifest(kind, name, spec)),
  manifest('Instance', 'web', { ...web, blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }, { deviceName: '/dev/sdb', size: '1Gi' }], tags: { Name: 'web' } }),
  manifest('Instance', 'halted', { ...anywhere, state: 'Stopped', userData: undefined, keyPairRef: { name: 'made' } }),
  manifest('KeyPair', 'made', { generate: { type: 'ed25519' } }),
  manifest('Volume', 'spare', { availabilityZone: 'zone-a', size: '1Gi', deletionPolicy: 'Retain', tags: { Name: 'spare' } }),
  manifest('Instance', 'waiting', { ...anywhere, imageRef: { name: 'not-there' } }),
  manifest('Snapshot', 'nightly', { volumeRef: { name: 'spare' } }),
)
await world.until(() => conditionOf('Instance', 'web', 'Running'))
await world.until(() => conditionOf('Instance', 'halted', 'Stopped'))
await world.until(() => conditionOf('Instance', 'waiting', 'DependencyNotFound'))
await world.apply(manifest('InstanceAction', 'again', { instanceRef: { name: 'web' }, type: 'Reboot' }))
await world.until(() => conditionOf('InstanceAction', 'again', 'Completed'))
await world.clock.advance(600_000)
world.crash()
writeRelease(version, world.save())
await world.stop()
