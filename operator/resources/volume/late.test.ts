import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Volume, volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import { stored } from '../instance/sample.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, recordingContext } from '../recording-context.ts'
import { dropLate } from './late.ts'
import { observeVolume } from './observe.ts'
import { volumeInformer } from './store.ts'

const maker = stored({})
const disk = (more: { status?: object; manager?: string } = {}): Volume => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'Volume',
  metadata: {
    name: `${maker.metadata.name}-sda1`, namespace: maker.metadata.namespace, uid: 'uid-disk', resourceVersion: '1',
    labels: { 'kumulus.dev/owner-uid': maker.metadata.uid },
    managedFields: [{ manager: more.manager ?? 'kumulus-instance' }],
  },
  spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '20Gi' }),
  ...more.status === undefined ? {} : { status: more.status },
}) as unknown as Volume

const dataVolume = { kind: 'DataVolume', metadata: { name: disk().metadata.name, namespace: maker.metadata.namespace } }

const dropped = async (volume: Volume, { known = [], live = [volume] }: { known?: object[]; live?: object[] } = {}) => {
  const facts = observeVolume(volume, cacheOf(holding(volumeInformer, volume), holding(instanceInformer, ...known)))
  const context = recordingContext(volume, facts, live as KubeObject[])
  await dropLate(context)
  return context.recording.acts.some(act => act.startsWith('remove'))
}

test('the disk of an instance that was gone before it came is taken away', async t => {
  t.true(await dropped(disk()))
})

test('a disk is never taken for late while there is its instance, whether the cache knows of that or not', async t => {
  t.false(await dropped(disk(), { known: [maker] }))
  t.false(await dropped(disk(), { live: [disk(), maker] }))
})

test('what may hold bytes, or was restored by somebody, is no late disk', async t => {
  t.false(await dropped(disk({ status: { volumeID: 'vol-1', state: 'available' } })), 'it was in use once')
  t.false(await dropped(disk(), { live: [disk(), dataVolume] }), 'something was made of it')
  t.false(await dropped(disk({ manager: 'kubectl' })), 'somebody brought it back')
})
