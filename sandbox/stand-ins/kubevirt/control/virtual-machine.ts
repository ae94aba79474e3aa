import { keyOf } from '../../../../crds/kubernetes.ts'
import { isNotFound } from '../../../../operator/runtime/client.ts'
import { controllerReference } from '../../../../operator/runtime/ownership.ts'
import { watching } from '../../control.ts'
import type { Control, StandInController } from '../../control.ts'
import { resources } from '../../resources.ts'
import { specs } from '../../specs.ts'
import {
  buildInstancetypeRevision,
  expandInstancetype,
  instancetypeRevisionName,
  isRevisionCurrent,
  matcherKind,
  restartRequired,
} from './instancetype.ts'
import type { ControllerRevision } from './instancetype.ts'
import { claimNameOf, isFinal } from '../instances.ts'
import { hotpluggedSpec } from './hotplug.ts'
import { clearedTemplate, interfacesNeedRestart, pluggedSpec } from './interfaces.ts'
import { decideRun, runStrategyOf } from './run-strategy.ts'
import type { RunDecision } from './run-strategy.ts'
import type { Instancetype, StateChangeRequest, VirtualMachine, VirtualMachineInstance, VmiSpec } from '../types.ts'
import { buildVirtualMachineInstance, generationAnnotation, vmFinalizer } from './virtual-machine-instance.ts'
import { virtualMachineStatus } from './virtual-machine-status.ts'

const component = 'virtualmachine-controller'

/** What one pass did, for the status that ends it. */
type Pass = {
  vm: VirtualMachine
  vmi: VirtualMachineInstance | undefined
  failure?: { reason: string; message: string }
  addRequests: StateChangeRequest[]
  startExpected: boolean
  stopExpected: boolean
  restartRequired: boolean
  after?: number
}

/** VirtualMachine → VirtualMachineInstance: run strategies, instance types, status. */
export const virtualMachineController = (control: Control): StandInController => ({
  name: 'virt-controller-vm',
  watches: [
    watching(specs.virtualMachines, (vm) => [keyOf(vm.metadata)]),
    watching(specs.virtualMachineInstances, (vmi) => [keyOf(vmi.metadata)]),
    watching(specs.claims, (claim, cache) => cache.of(specs.virtualMachines).by('claim', keyOf(claim.metadata)).map((vm) => keyOf(vm.metadata))),
    watching(specs.dataVolumes, (dv, cache) => cache.of(specs.virtualMachines).by('claim', keyOf(dv.metadata)).map((vm) => keyOf(vm.metadata))),
    watching(specs.clusterInstancetypes, (type, cache) => usersOf(cache.of(specs.virtualMachines).list(), type.metadata.name)),
    watching(specs.instancetypes, (type, cache) => usersOf(cache.of(specs.virtualMachines).list(), type.metadata.name)),
  ],
  reconcile: (key) => reconcile(control, key),
})

const usersOf = (machines: Iterable<VirtualMachine>, instancetype: string): string[] =>
  [...machines].filter((vm) => vm.spec.instancetype?.name === instancetype).map((vm) => keyOf(vm.metadata))

const reconcile = async (control: Control, key: string): Promise<number | undefined> => {
  const vm = control.cache.of(specs.virtualMachines).get(key)
  if (vm === undefined) return undefined
  const found = control.cache.of(specs.virtualMachineInstances).get(key)
  const vmi = found?.metadata.ownerReferences?.some(({ uid }) => uid === vm.metadata.uid) === true ? found : undefined
  const pass: Pass = { vm, vmi, addRequests: [], startExpected: false, stopExpected: false, restartRequired: false }
  if (vm.metadata.deletionTimestamp === undefined) await sync(control, pass)
  else if (!(await tearDown(control, pass))) return undefined
  await writeStatus(control, pass)
  // Our finalizer goes only after the status has recorded how the instance ended.
  if (vmi !== undefined && isFinal(vmi)) await releaseInstance(control, vmi)
  return pass.after
}

/** Deletes the instance, then lets the VirtualMachine go. Returns false when it is gone. */
const tearDown = async (control: Control, { vm, vmi }: Pass): Promise<boolean> => {
  if (vmi !== undefined) {
    await stopInstance(control, vm, vmi)
    return true
  }
  const finalizers = (vm.metadata.finalizers ?? []).filter((finalizer) => finalizer !== vmFinalizer)
  if (finalizers.length === (vm.metadata.finalizers ?? []).length) return true
  await control.patch(resources.virtualMachines, vm, { ...vm, metadata: { ...vm.metadata, finalizers } })
  return false
}

const sync = async (control: Control, pass: Pass): Promise<void> => {
  if (!(pass.vm.metadata.finalizers ?? []).includes(vmFinalizer)) {
    const finalizers = [...(pass.vm.metadata.finalizers ?? []), vmFinalizer]
    pass.vm = await control.patch(resources.virtualMachines, pass.vm, { ...pass.vm, metadata: { ...pass.vm.metadata, finalizers } })
  }
  if (!(await freezeInstancetype(control, pass))) return
  await act(control, pass, decideRun(pass.vm, pass.vmi, control.clock.now()))
  await plug(control, pass)
  await plugInterfaces(control, pass)
  if (pass.vmi !== undefined && !isFinal(pass.vmi)) await compareWithStarted(control, pass)
}

/** Volumes that come and go while the machine runs. */
const plug = async (control: Control, pass: Pass): Promise<void> => {
  const spec = pass.vmi === undefined ? undefined : hotpluggedSpec(pass.vm, pass.vmi)
  if (spec === undefined || pass.vmi === undefined) return
  pass.vmi = await control.patch(resources.virtualMachineInstances, pass.vmi, { ...pass.vmi, spec: { ...pass.vmi.spec, ...spec } })
}

/** Interfaces likewise; those that are out are taken out of the template too. */
const plugInterfaces = async (control: Control, pass: Pass): Promise<void> => {
  const spec = pass.vmi === undefined || isFinal(pass.vmi) ? undefined : pluggedSpec(pass.vm, pass.vmi)
  if (spec !== undefined && pass.vmi !== undefined) {
    pass.vmi = await control.patch(resources.virtualMachineInstances, pass.vmi, { ...pass.vmi, spec: { ...pass.vmi.spec, ...spec } })
  }
  const cleared = clearedTemplate(pass.vm, pass.vmi)
  if (cleared === undefined) return
  const { vm } = pass
  pass.vm = await control.patch(resources.virtualMachines, vm, { ...vm, spec: { ...vm.spec, template: { ...vm.spec.template, spec: cleared } } })
}

const act = async (control: Control, pass: Pass, decision: RunDecision): Promise<void> => {
  const { vm, vmi } = pass
  switch (decision.action) {
    case 'start':
      return startInstance(control, pass, decision.paused)
    case 'stop':
      if (vmi === undefined) return
      await stopInstance(control, vm, vmi)
      pass.stopExpected = vmi.metadata.deletionTimestamp === undefined
      if (decision.startAgain && vmi.metadata.deletionTimestamp === undefined) pass.addRequests.push({ action: 'Start' })
      return
    case 'backOff':
      pass.after = decision.after
      return
    case 'becomeAlways': {
      const spec = vm.spec.running === undefined ? { ...vm.spec, runStrategy: 'Always' as const } : { ...vm.spec, running: true }
      pass.vm = await control.patch(resources.virtualMachines, vm, { ...vm, spec })
      return
    }
    case 'none':
  }
}

const startInstance = async (control: Control, pass: Pass, paused: boolean): Promise<void> => {
  const { vm } = pass
  const template = await expandedTemplate(control, vm)
  const revisionName = `revision-start-vm-${vm.metadata.uid}-${vm.metadata.generation ?? 1}`
  await control.create(resources.controllerRevisions, {
    metadata: { name: revisionName, namespace: vm.metadata.namespace ?? '', ownerReferences: [controllerReference(vm)] },
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    data: { spec: vm.spec },
    revision: vm.metadata.generation ?? 1,
  })
  const instance = buildVirtualMachineInstance({ vm, template, revisionName, paused, now: control.now() })
  const created = await control.create<VirtualMachineInstance>(resources.virtualMachineInstances, instance)
  pass.startExpected = true
  // The name may be taken by the last instance, still on its way out, or by one that the cache hasn't brought yet.
  if (created === undefined) {
    pass.after = 1000
    return
  }
  const message = `Started the virtual machine by creating the new virtual machine instance ${vm.metadata.name}`
  await control.event(vm, component, 'Normal', 'SuccessfulCreate', message)
}

const stopInstance = async (control: Control, vm: VirtualMachine, vmi: VirtualMachineInstance): Promise<void> => {
  if (vmi.metadata.deletionTimestamp !== undefined) return
  await control.remove(resources.virtualMachineInstances, vmi)
  const message = `Stopped the virtual machine by deleting the virtual machine instance ${vmi.metadata.uid}`
  await control.event(vm, component, 'Normal', 'SuccessfulDelete', message)
}

const releaseInstance = async (control: Control, vmi: VirtualMachineInstance): Promise<void> => {
  const finalizers = (vmi.metadata.finalizers ?? []).filter((finalizer) => finalizer !== vmFinalizer)
  if (finalizers.length === (vmi.metadata.finalizers ?? []).length) return
  await control.patch(resources.virtualMachineInstances, vmi, { ...vmi, metadata: { ...vmi.metadata, finalizers } })
}

const revisionOf = async (control: Control, vm: VirtualMachine, name: string): Promise<ControllerRevision | undefined> => {
  try {
    return await control.client.get<ControllerRevision>(resources.controllerRevisions, { name, namespace: vm.metadata.namespace })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Keeps a copy of the instance type the first time it is named; later edits of the type never reach this machine. False when there is none. */
const freezeInstancetype = async (control: Control, pass: Pass): Promise<boolean> => {
  const { vm } = pass
  const { instancetype } = vm.spec
  if (instancetype?.name === undefined || isRevisionCurrent(vm, vm.status?.instancetypeRef)) return true
  const kind = matcherKind(instancetype)
  const live =
    kind === 'VirtualMachineInstancetype'
      ? control.cache.of(specs.instancetypes).get(`${vm.metadata.namespace}/${instancetype.name}`)
      : control.cache.of(specs.clusterInstancetypes).get(instancetype.name)
  if (live === undefined) {
    const plural = kind === 'VirtualMachineInstancetype' ? 'virtualmachineinstancetypes' : 'virtualmachineclusterinstancetypes'
    pass.failure = { reason: 'FailedFindInstancetype', message: `${plural}.instancetype.kubevirt.io "${instancetype.name}" not found` }
    return false
  }
  await control.create(resources.controllerRevisions, buildInstancetypeRevision(vm, live))
  const instancetypeRef = { name: instancetype.name, kind, controllerRevisionRef: { name: instancetypeRevisionName(vm, live) } }
  pass.vm = await control.patchStatus(resources.virtualMachines, vm, { ...vm.status, instancetypeRef })
  return true
}

const expandedTemplate = async (control: Control, vm: VirtualMachine): Promise<VmiSpec> => {
  const revisionName = vm.status?.instancetypeRef?.controllerRevisionRef?.name
  if (vm.spec.instancetype?.name === undefined || revisionName === undefined) return vm.spec.template.spec
  const frozen = await revisionOf(control, vm, revisionName)
  if (frozen?.data?.spec === undefined) throw new Error(`the ControllerRevision ${revisionName} of ${keyOf(vm.metadata)} is gone`)
  return expandInstancetype(vm.spec.template.spec, frozen.data.spec as Instancetype['spec'])
}

/** Says whether a restart is needed, and marks the instance as up to date when the template it runs is still the present one. */
const compareWithStarted = async (control: Control, pass: Pass): Promise<void> => {
  const { vm, vmi } = pass
  const generation = `${vm.metadata.generation ?? 1}`
  const revisionName = vmi?.status?.virtualMachineRevisionName
  if (vmi === undefined || revisionName === undefined) return
  if (vmi.metadata.annotations?.[generationAnnotation] === generation) return
  const started = await revisionOf(control, vm, revisionName)
  const spec = started?.data?.spec as VirtualMachine['spec'] | undefined
  if (spec === undefined) return
  pass.restartRequired = restartRequired(spec, vm.spec) || interfacesNeedRestart(vm, vmi)
  if (pass.restartRequired || vmi.metadata.deletionTimestamp !== undefined) return
  const annotations = { ...vmi.metadata.annotations, [generationAnnotation]: generation }
  pass.vmi = await control.patch(resources.virtualMachineInstances, vmi, { ...vmi, metadata: { ...vmi.metadata, annotations } })
}

const writeStatus = async (control: Control, pass: Pass): Promise<void> => {
  const { vm, vmi } = pass
  if (runStrategyOf(vm) === undefined && pass.failure === undefined) return
  const claims = (vm.spec.template.spec.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(volume)
    return name === undefined ? [] : (control.cache.of(specs.claims).get(`${vm.metadata.namespace}/${name}`) ?? [])
  })
  const dataVolumes = (vm.spec.template.spec.volumes ?? []).flatMap(
    ({ dataVolume }) => (dataVolume === undefined ? [] : (control.cache.of(specs.dataVolumes).get(`${vm.metadata.namespace}/${dataVolume.name}`) ?? [])),
  )
  const status = virtualMachineStatus({
    ...pass,
    vmi,
    failure: pass.failure,
    claims,
    dataVolumes,
    now: control.clock.now(),
    jitter: control.names.fraction(vmi?.metadata.uid ?? vm.metadata.uid, 'back-off'),
    crashBackOff: control.timings.crashBackOff,
  })
  await control.patchStatus(resources.virtualMachines, vm, status)
}
