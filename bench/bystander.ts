import type { Client } from '../operator/runtime/client.ts'
import type { Clock } from '../operator/runtime/clock.ts'
import type { ApiServer } from '../sandbox/apiserver/server.ts'
import { answerDataVolumeSurely } from './answers.ts'
import { createMilestones, instanceOfVolume, type MilestoneLog, type Step } from './milestones.ts'

/** What the cluster's other inhabitants do: CDI's answer is given, and it is noted when each instance has come how far. */
export type Bystander = MilestoneLog

const noted = new Map<string, Step>([
  ['kumulus.dev/instances', 'created'], ['kumulus.dev/volumes', 'volume'], ['cdi.kubevirt.io/datavolumes', 'dataVolume'], ['kubevirt.io/virtualmachines', 'applied'],
])

/** Takes in that an object was created. `resource` is `group/plural`. */
export type Take = (resource: string, namespace: string, name: string) => void

/** @param failed - told of a DataVolume that could not be answered. */
export const createBystander = (client: Client, clock: Clock, failed: (error: unknown) => void): Bystander & { take: Take } => {
  const milestones = createMilestones(clock)
  const take: Take = (resource, namespace, name) => {
    const step = noted.get(resource)
    if (step === undefined) return
    const ofDisk = step === 'volume' || step === 'dataVolume'
    const instance = ofDisk ? instanceOfVolume(name) : name
    milestones.note(step, namespace, instance)
    if (step !== 'dataVolume') return
    answerDataVolumeSurely(client, clock, { name, namespace }).then(() => milestones.note('answered', namespace, instance), failed)
  }
  return { note: milestones.note, of: milestones.of, take, get applied() { return milestones.applied } }
}

/** In the API server's own process: it is noted where the writes are, which costs a hundredth of what watches would. */
export const bystandOn = (server: Pick<ApiServer, 'subscribe'>, client: Client, clock: Clock, failed: (error: unknown) => void): Bystander => {
  const bystander = createBystander(client, clock, failed)
  server.subscribe(({ bucket, key, type }) => {
    const slash = key.indexOf('/')
    if (type === 'ADDED') bystander.take(bucket, key.slice(0, slash), key.slice(slash + 1))
  })
  return bystander
}
