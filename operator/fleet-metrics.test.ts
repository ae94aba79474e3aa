import test from 'ava'
import type { KubeObject } from '../crds/kubernetes.ts'
import { measureFleet } from './fleet-metrics.ts'
import { instanceInformer } from './resources/instance/store.ts'
import { snapshotScheduleInformer } from './resources/snapshot-schedule/store.ts'
import { volumeInformer } from './resources/volume/store.ts'
import { FakeClock } from './runtime/fake-clock.ts'
import { silentLog } from './runtime/log.ts'
import { createRuntime } from './runtime/runtime.ts'

const start = () => {
  const transport = { request: () => Promise.reject(new Error('nothing is asked')), stream: () => Promise.reject(new Error('nothing is asked')), close: async () => {} }
  const runtime = createRuntime({ transport, clock: new FakeClock(), log: silentLog, identity: 'test' })
  measureFleet(runtime)
  const value = async (metric: string, labels: Record<string, string>) => {
    const { values } = (await runtime.metrics.registry.getSingleMetric(metric)?.get()) ?? { values: [] }
    return values.find((each) => Object.entries({ metricName: metric, ...labels }).every(([name, wanted]) => (name === 'metricName' ? (each as { metricName?: string }).metricName ?? metric : each.labels[name]) === wanted))?.value
  }
  const { store: schedules } = runtime.informer(snapshotScheduleInformer)
  return { instances: runtime.informer(instanceInformer).store, volumes: runtime.informer(volumeInformer).store, schedules, value }
}

const instance = (name: string, resourceVersion: string, status?: object, uid = name) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: { name, namespace: 'a', uid, resourceVersion },
  spec: { instanceType: 't3.micro', subnetRef: { name: 's' }, imageRef: { name: 'i' }, blockDevices: [] }, ...status === undefined ? {} : { status },
}) as unknown as KubeObject

test('how many there are in each state follows every change, and ends at nothing', async t => {
  const { instances, value } = start()
  const count = (state: string) => value('kumulus_objects', { kind: 'Instance', state })
  instances.put(instance('web', '1'))
  instances.put(instance('db', '2', { state: 'running' }))
  t.deepEqual([await count('new'), await count('running')], [1, 1])
  instances.put(instance('web', '3', { state: 'running' }))
  t.deepEqual([await count('new'), await count('running')], [0, 2])
  for (const each of [instance('web', '4', { state: 'running' }), instance('db', '5', { state: 'running' })]) instances.delete(each)
  t.deepEqual([await count('new'), await count('running')], [0, 0])
})

test('who waits for their user is counted as long as they do', async t => {
  const { instances, value } = start()
  const stalled = { state: 'pending', conditions: [{ type: 'Stalled', status: 'True' }] }
  t.is(await value('kumulus_objects_stalled', { kind: 'Instance' }), 0)
  instances.put(instance('web', '1', stalled))
  t.is(await value('kumulus_objects_stalled', { kind: 'Instance' }), 1)
  instances.put(instance('web', '2', { state: 'running', conditions: [] }))
  t.is(await value('kumulus_objects_stalled', { kind: 'Instance' }), 0)
})

test('a schedule that did not take everything is counted until a run of it does, or it is gone', async t => {
  const { schedules, value } = start()
  const failing = () => value('kumulus_snapshot_schedules_failing', {})
  const schedule = (resourceVersion: string, status: string) => ({
    apiVersion: 'kumulus.dev/v1alpha1', kind: 'SnapshotSchedule', metadata: { name: 'nightly', namespace: 'a', uid: 'u', resourceVersion },
    spec: { schedule: '0 3 * * *' }, status: { state: 'enabled', conditions: [{ type: 'LastRunSucceeded', status }] },
  }) as unknown as KubeObject
  t.is(await failing(), 0)
  schedules.put(schedule('1', 'True'))
  t.deepEqual([await failing(), await value('kumulus_objects', { kind: 'SnapshotSchedule', state: 'enabled' })], [0, 1])
  schedules.put(schedule('2', 'False'))
  t.is(await failing(), 1)
  schedules.put(schedule('3', 'True'))
  t.is(await failing(), 0)
  schedules.put(schedule('4', 'False'))
  schedules.delete(schedule('4', 'False'))
  t.is(await failing(), 0)
})

test('a launch is measured when it ends, from pending to running and no other way', async t => {
  const { instances, value } = start()
  const launches = async () => [
    await value('kumulus_instance_launch_duration_seconds', { metricName: 'kumulus_instance_launch_duration_seconds_count' }),
    await value('kumulus_instance_launch_duration_seconds', { metricName: 'kumulus_instance_launch_duration_seconds_sum' }),
  ]
  const running = { state: 'running', launchTime: '2026-01-01T00:00:00Z', stateTransitionTime: '2026-01-01T00:00:17Z' }
  // A process that starts finds machines that run already, and a namesake is another machine.
  instances.put(instance('old', '1', running))
  instances.put(instance('name', '2', { state: 'pending' }, 'first'))
  instances.put(instance('name', '3', running, 'second'))
  t.deepEqual(await launches(), [0, 0])
  instances.put(instance('web', '4', { state: 'pending', launchTime: running.launchTime }))
  instances.put(instance('web', '5', running))
  instances.put(instance('web', '6', { ...running, host: 'node-a1' }))
  t.deepEqual(await launches(), [1, 17])
})
