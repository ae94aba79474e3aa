import { spawn } from 'node:child_process'
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Accelerator } from './qemu-command.ts'

/** mov dx, 0x501; mov al, 0x31; out dx, al; hlt: tells QEMU's exit device to end the process with status 0x63. */
const BOOT_SECTOR = Buffer.from([0xba, 0x01, 0x05, 0xb0, 0x31, 0xee, 0xf4])
const EXECUTED = 0x63
/** With KVM the boot sector is reached in a fraction of a second; who is slower is no better than emulation. */
const PATIENCE_MS = 2_000

/** What the probe found since this machine was booted, so that it is made once: nothing of it changes before the next boot. */
const VERDICT = fileURLToPath(new URL('../../.cache/accelerator.json', import.meta.url))

/** `probeAccelerator`, whose verdict is kept in `file` for as long as the machine runs and QEMU is the same program. */
export const acceleratorOfThisBoot = async (clock: Clock, qemu = 'qemu-system-x86_64', file = VERDICT): Promise<Accelerator> => {
  // Who may use the device can change at any time: that is no verdict to be kept.
  if (!(await access('/dev/kvm', constants.R_OK | constants.W_OK).then(() => true, () => false))) return 'tcg'
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
  const known = await readFile(file, 'utf8').then((text) => JSON.parse(text) as Partial<Verdict>).catch(() => undefined)
  if (known?.boot === boot && known.qemu === qemu && (known.accelerator === 'kvm' || known.accelerator === 'tcg')) return known.accelerator
  const verdict: Verdict = { boot, qemu, accelerator: await probeAccelerator(clock, qemu) }
  // Where nothing can be written it is found out anew each time.
  await keep(file, JSON.stringify(verdict)).catch(() => {})
  return verdict.accelerator
}

type Verdict = { boot: string; qemu: string; accelerator: Accelerator }

const keep = async (file: string, text: string) => {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.${process.pid}`, text)
  await rename(`${file}.${process.pid}`, file)
}

/**
 * Whether /dev/kvm really runs guests here. A device that opens proves nothing (there are machines where a guest then hangs at
 * its first instructions), so a boot sector is executed that ends QEMU with a status of its own.
 */
export const probeAccelerator = async (clock: Clock, qemu = 'qemu-system-x86_64'): Promise<Accelerator> => {
  const directory = await mkdtemp(join(tmpdir(), 'accelerator-'))
  try {
    // The BIOS does not boot a disk of less than one cylinder.
    const disk = Buffer.alloc(1024 * 1024)
    BOOT_SECTOR.copy(disk)
    disk.writeUInt16LE(0xaa55, 510)
    await writeFile(join(directory, 'boot.raw'), disk)
    return (await boots(clock, qemu, join(directory, 'boot.raw'))) ? 'kvm' : 'tcg'
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const boots = (clock: Clock, qemu: string, disk: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(qemu, [
      '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'q35', '-accel', 'kvm', '-cpu', 'host', '-m', '32',
      '-device', 'isa-debug-exit,iobase=0x501,iosize=1', '-drive', `file=${disk},format=raw,if=virtio`,
    ], { stdio: 'ignore' })
    const cancel = clock.after(PATIENCE_MS, () => child.kill('SIGKILL'))
    child.once('error', () => {
      cancel()
      resolve(false)
    })
    child.once('exit', (code) => {
      cancel()
      resolve(code === EXECUTED)
    })
  })
