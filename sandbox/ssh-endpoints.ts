import type { KubeObject, ResourceType } from '../crds/kubernetes.ts'
import type { Client } from '../operator/runtime/client.ts'
import type { Log } from '../operator/runtime/log.ts'
import type { Hypervisor } from './hypervisor/hypervisor.ts'

/** On a VirtualMachineInstance: `host:port` on this machine by which its guest's SSH port is reached. */
export const SSH_ENDPOINT = 'sandbox.kumulus.dev/ssh-endpoint'

const virtualMachineInstances: ResourceType = {
  group: 'kubevirt.io', version: 'v1', kind: 'VirtualMachineInstance', plural: 'virtualmachineinstances', namespaced: true,
}

/** A hypervisor that writes on every VirtualMachineInstance it starts where its guest's SSH port is. */
export const announceSSH = (hypervisor: Hypervisor, client: Client, log: Log): Hypervisor => ({
  start: async (machine) => {
    await hypervisor.start(machine)
    const endpoint = hypervisor.sshEndpoint(machine.uid)
    if (endpoint === undefined) return
    const metadata = { uid: machine.uid, annotations: { [SSH_ENDPOINT]: `${endpoint.host}:${endpoint.port}` } }
    // The guest runs, and that is what was asked for: a note that can't be written fails nothing.
    await client
      .mergePatch<KubeObject>(virtualMachineInstances, { name: machine.name, namespace: machine.namespace }, { metadata })
      .catch((error: unknown) => log.warn({ err: error, vmi: machine.name }, 'SSH endpoint not written'))
  },
  shutdown: (uid) => hypervisor.shutdown(uid),
  destroy: (uid) => hypervisor.destroy(uid),
  reboot: (uid, how) => hypervisor.reboot(uid, how),
  pause: (uid) => hypervisor.pause(uid),
  resume: (uid) => hypervisor.resume(uid),
  attachDisk: (uid, disk) => hypervisor.attachDisk(uid, disk),
  detachDisk: (uid, name) => hypervisor.detachDisk(uid, name),
  growDisk: (path, sizeBytes) => hypervisor.growDisk(path, sizeBytes),
  goOnIn: (overlay, path) => hypervisor.goOnIn(overlay, path),
  hotDisks: (uid) => hypervisor.hotDisks(uid),
  fileSystems: (uid) => hypervisor.fileSystems(uid),
  agent: (uid) => hypervisor.agent(uid),
  states: () => hypervisor.states(),
  onEvent: (listener) => hypervisor.onEvent(listener),
  console: (uid, options) => hypervisor.console(uid, options),
  sshEndpoint: (uid) => hypervisor.sshEndpoint(uid),
  close: () => hypervisor.close(),
})
