import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { driver } from './drivers.ts'
import type { AttributesClass, Claim, Volume } from './types.ts'

const component = 'external-resizer sandbox.kumulus.dev'
const protection = 'kubernetes.io/vac-protection'

/** What the sandbox's driver understands, in whole numbers. It takes note of it; the files that volumes are have no limit. */
const understood: Readonly<Record<string, number>> = { iops: 256_000, throughput: 4000 }

/**
 * Gives a bound volume what the class that its claim names says. Returns the claim, or milliseconds until it is to be looked at again.
 * Source: external-resizer v2.0, pkg/modifycontroller: Pending while there is no such class, InProgress, then done or Infeasible.
 */
export const modify = async (control: Control, claim: Claim, volume: Volume): Promise<Claim | number> => {
  const target = claim.spec.volumeAttributesClassName
  const { modifyVolumeStatus } = claim.status ?? {}
  if (target === undefined || (target === claim.status?.currentVolumeAttributesClassName && modifyVolumeStatus === undefined)) return claim
  if (volume.spec.csi?.driver !== driver) return claim
  const attributes = control.cache.of(specs.attributesClasses).get(target)
  if (attributes === undefined) return stand(control, claim, 'Pending', `VAC ${target} does not exist`)
  const refusal = refusalOf(attributes)
  if (refusal !== undefined) return stand(control, claim, 'Infeasible', refusal)
  const begun = modifyVolumeStatus?.status === 'InProgress' && modifyVolumeStatus.targetVolumeAttributesClassName === target
    ? claim : await stand(control, claim, 'InProgress')
  const wait = control.delay(`modify ${claim.metadata.uid} ${target}`, control.timings.modify)
  if (wait > 0) return wait
  await control.patch(resources.volumes, volume, { ...volume, spec: { ...volume.spec, volumeAttributesClassName: target } })
  const { modifyVolumeStatus: _, ...kept } = begun.status ?? {}
  const done = await control.patchStatus(resources.claims, begun, {
    ...kept, currentVolumeAttributesClassName: target, ...(kept.conditions === undefined ? {} : { conditions: withoutModifying(kept.conditions) }),
  })
  await control.event(done, component, 'Normal', 'VolumeModifySuccessful', `external resizer modified volume ${claim.metadata.name} with vac ${target} successfully`)
  return done
}

const refusalOf = ({ driverName, parameters = {} }: AttributesClass): string | undefined => {
  if (driverName !== driver) return `rpc error: code = InvalidArgument desc = the class is for driver ${driverName}`
  for (const [name, value] of Object.entries(parameters)) {
    const most = understood[name]
    if (most === undefined) return `rpc error: code = InvalidArgument desc = Invalid mutable parameter key: ${name}`
    if (!/^[1-9]\d*$/.test(value) || Number(value) > most) return `rpc error: code = InvalidArgument desc = ${name} must be from 1 to ${most}, not ${value}`
  }
  return undefined
}

type Conditions = NonNullable<NonNullable<Claim['status']>['conditions']>

const withoutModifying = (conditions: Conditions): Conditions => conditions.filter(({ type }) => type !== 'ModifyingVolume' && type !== 'ModifyVolumeError')

const stand = async (control: Control, claim: Claim, status: 'Pending' | 'InProgress' | 'Infeasible', message?: string): Promise<Claim> => {
  const old = claim.status?.conditions ?? []
  const type = status === 'InProgress' ? 'ModifyingVolume' : 'ModifyVolumeError'
  const known = old.find((each) => each.type === type && each.message === message)
  const condition = known ?? { type, status: 'True', lastTransitionTime: control.now(), ...(message === undefined ? {} : { message }) }
  const { volumeAttributesClassName: target } = claim.spec
  const written = await control.patchStatus(resources.claims, claim, {
    ...claim.status,
    conditions: [...withoutModifying(old), condition],
    modifyVolumeStatus: { status, ...(target === undefined ? {} : { targetVolumeAttributesClassName: target }) },
  })
  if (message !== undefined && known === undefined) await control.event(claim, component, 'Warning', 'VolumeModifyFailed', message)
  return written
}

/** kube-controller-manager's part: a class stays until no claim and no volume names it. */
export const attributesClassController = (control: Control): StandInController => ({
  name: 'volume-attributes-class-protection',
  watches: [
    watching(specs.attributesClasses, (each) => [each.metadata.name]),
    watching(specs.claims, (_, cache) => going(cache)),
    watching(specs.volumes, (_, cache) => going(cache)),
  ],
  reconcile: async (name) => {
    const found = control.cache.of(specs.attributesClasses).get(name)
    if (found === undefined) return undefined
    const finalizers = found.metadata.finalizers ?? []
    const write = (next: string[]) => control.patch(resources.attributesClasses, found, {
      ...found, metadata: { ...found.metadata, finalizers: next },
    })
    if (found.metadata.deletionTimestamp === undefined) {
      if (!finalizers.includes(protection)) await write([...finalizers, protection])
    } else if (!isNamed(control.cache, name)) await write(finalizers.filter((each) => each !== protection))
    return undefined
  },
})

const going = (cache: Control['cache']): string[] =>
  [...cache.of(specs.attributesClasses).list()].flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [] : [metadata.name]))

const isNamed = (cache: Control['cache'], name: string): boolean =>
  [...cache.of(specs.claims).list()].some(({ spec, status }) =>
    spec.volumeAttributesClassName === name || status?.currentVolumeAttributesClassName === name) ||
  [...cache.of(specs.volumes).list()].some(({ spec }) => spec.volumeAttributesClassName === name)
