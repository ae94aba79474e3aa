import test from 'ava'
import { type Snapshot, snapshotSpec } from '../../../crds/v1alpha1/snapshot.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { machineFor, stored } from '../instance/sample.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { volumeInformer } from '../volume/store.ts'
import { snapshotController } from './controller.ts'
import { snapshotInformer } from './store.ts'

const snapshotOf = (name: string, source: object): Snapshot => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Snapshot', metadata: { name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '1' },
  spec: snapshotSpec.parse(source),
})

test('a snapshot that waits for a volume goes on when the volume or its claim changes, also where it is of an instance', t => {
  const instance = stored()
  const machine = {
    ...machineFor(instance),
    spec: { template: { spec: { domain: { devices: {} }, volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'web-sda1' } }] } } },
  }
  const cache = cacheOf(
    holding(snapshotInformer, snapshotOf('of-instance', { instanceRef: { name: 'web' } }), snapshotOf('of-volume', { volumeRef: { name: 'web-sda1' } }),
      snapshotOf('of-another', { instanceRef: { name: 'db' } })),
    holding(virtualMachineInformer, machine),
  )
  const changed = { apiVersion: 'v1', kind: 'any', metadata: { name: 'web-sda1', namespace: 'team-a', uid: 'u', resourceVersion: '2' } }
  for (const informer of [claimInformer, volumeInformer]) {
    const watches = snapshotController().watches.filter(each => each.informer as unknown === informer)
    const woken = watches.flatMap(each => [...each.keys(changed as never, cache, undefined)])
    t.deepEqual(woken.toSorted(), ['team-a/of-instance', 'team-a/of-volume'])
  }
})
