import { systemClock } from '../operator/runtime/clock.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Disks } from './disks/disks.ts'
import { createFileDisks } from './disks/files.ts'
import { createSimulatedDisks } from './disks/simulated.ts'
import { ensureDebianPackages, ensureGuestImage, UnavailableError } from './guest/image.ts'
import { placeholderImage } from './guest/placeholder.ts'
import type { Hypervisor } from './hypervisor/hypervisor.ts'
import type { Plug } from './hypervisor/qemu-cable.ts'
import { createQemuHypervisor } from './hypervisor/qemu.ts'
import { createSimulatedHypervisor } from './hypervisor/simulated.ts'
import type { SandboxOptions } from './options.ts'

/** What runs guests, what keeps their disks, and the image that they can be launched from. */
export type GuestHost = { kind: 'qemu' | 'simulated'; description: string; hypervisor: Hypervisor; disks: Disks; image: string }

type Say = (line: string) => void

/** Milliseconds that a simulated guest takes to boot and to shut down: long enough to be seen. */
const SIMULATED = { bootTime: 500, shutdownTime: 300 }

/**
 * Prepares real guests, or simulated ones where that was asked for or nothing else can be had.
 * @param plug - gives real ones their place on a network; without it each has one of its own.
 */
export const prepareGuests = async (options: SandboxOptions, data: DataDirectory, say: Say, plug?: Plug): Promise<GuestHost> => {
  if (options.hypervisor === 'simulated') return simulated(data)
  try {
    return await real(options, data, say, plug)
  } catch (error) {
    if (!(error instanceof UnavailableError) || !options.fallback) throw error
    say(`Real guests are not possible here (${error.message}). Guests are simulated: everything works but there is nothing to log in to.`)
    return simulated(data)
  }
}

const real = async (options: SandboxOptions, data: DataDirectory, say: Say, plug: Plug | undefined): Promise<GuestHost> => {
  await ensureDebianPackages(say)
  const image = await ensureGuestImage(say)
  const hypervisor = await createQemuHypervisor({
    directory: data.file('machines'),
    clock: systemClock,
    // Guests outlive a crash of the sandbox only where there is somebody to find them again, and where their network does not end with it.
    lifetime: options.dataDirectory === undefined || plug !== undefined ? 'process' : 'kept',
    openNetwork: options.openNetwork,
    ...(plug === undefined ? {} : { plug }),
  })
  const disks = await createFileDisks(data.file('disks'), hypervisor)
  const how = hypervisor.accelerator === 'kvm' ? 'with KVM' : 'in software emulation, since KVM does not work here'
  return { kind: 'qemu', description: `QEMU ${how}`, hypervisor, disks, image }
}

const simulated = async (data: DataDirectory): Promise<GuestHost> => ({
  kind: 'simulated',
  description: 'simulated guests',
  hypervisor: createSimulatedHypervisor({ clock: systemClock, ...SIMULATED }),
  disks: createSimulatedDisks({ clock: systemClock, importTime: 400, directory: data.file('disks') }),
  image: await placeholderImage(data.file('placeholder.img')),
})
