import { open } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { FileSystem } from './hypervisor.ts'

/** The agent in a guest, as far as it is asked to hold the guest's file systems still. */
export type GuestAgent = {
  readonly frozen: boolean
  /**
   * Freezes the guest's file systems until `thaw`, or for so many milliseconds at most. One that is frozen stays so for as long as was said first.
   * Source: kubevirt v1.9.0, pkg/virt-launcher/virtwrap/storage/fsfreeze.go.
   */
  freeze: (timeoutMs: number) => Promise<void>
  /** Does nothing where nothing is frozen. */
  thaw: () => Promise<void>
  /** What the guest has mounted. */
  fileSystems: () => Promise<readonly FileSystem[]>
  /** The guest is gone: nothing is waited for any more. */
  close: () => void
}

export type GuestAgentOptions = {
  clock: Clock
  /** What really freezes and thaws. */
  ask: (command: 'guest-fsfreeze-freeze' | 'guest-fsfreeze-thaw' | 'guest-get-fsinfo') => Promise<unknown>
  /** Called after each freeze and thaw. */
  changed: () => void
}

/** As virt-launcher does it: whoever froze may be gone, the guest goes on when the time is over. */
export const createGuestAgent = ({ clock, ask, changed }: GuestAgentOptions): GuestAgent => {
  const state = { frozen: false, cancel: () => {} }
  const set = (frozen: boolean) => {
    state.frozen = frozen
    changed()
  }
  const thaw = async () => {
    state.cancel()
    if (!state.frozen) return
    await ask('guest-fsfreeze-thaw')
    set(false)
  }
  return {
    get frozen() {
      return state.frozen
    },
    freeze: async (timeoutMs) => {
      if (state.frozen) return
      await ask('guest-fsfreeze-freeze')
      state.cancel()
      state.cancel = clock.after(timeoutMs, () => void thaw().catch(() => {}))
      set(true)
    },
    thaw,
    fileSystems: async () => ((await ask('guest-get-fsinfo')) as FileSystemInfo[]).map(({ mountpoint, type, disk = [] }) =>
      ({ mountPoint: mountpoint, type, serials: disk.flatMap(({ serial }) => serial ?? []) })),
    close: () => state.cancel(),
  }
}

type FileSystemInfo = { mountpoint: string; type: string; disk?: { serial?: string }[] }

/** How long an agent may take to answer, in milliseconds: freezing waits for what the guest is writing. */
const ANSWER_MS = 10_000

let lastSync = 0

/**
 * Puts one command to the agent behind a socket of QEMU's, and gives its answer. What is left of an earlier, unanswered question is passed over:
 * the answer that counts comes after that of our own guest-sync. Throws an Error where the agent refuses or is silent.
 * Source: QEMU, guest agent protocol.
 */
export const askAgent = async (path: string, execute: string, clock: Clock): Promise<unknown> => {
  const sync = ++lastSync
  // The name of a socket has some hundred bytes: a longer path is reached by its directory.
  const directory = await open(dirname(path))
  const socket = createConnection(`/proc/self/fd/${directory.fd}/${basename(path)}`)
  const cancel = clock.after(ANSWER_MS, () => socket.destroy(new Error('Guest agent is not responding: it did not answer in time')))
  try {
    socket.write(`${JSON.stringify({ execute: 'guest-sync', arguments: { id: sync } })}\n${JSON.stringify({ execute })}\n`)
    let synced = false
    for await (const line of createInterface({ input: socket })) {
      const answer = parsed(line)
      if (synced && answer?.error !== undefined) throw new Error(`Guest agent refused ${execute}: ${answer.error.desc ?? ''}`)
      if (synced && answer !== undefined && 'return' in answer) return answer.return
      if (answer?.return === sync) synced = true
    }
    throw new Error('Guest agent is not responding: the connection ended')
  } finally {
    cancel()
    socket.destroy()
    await directory.close()
  }
}

type Answer = { return?: unknown; error?: { desc?: string } }

const parsed = (line: string): Answer | undefined => {
  try {
    return JSON.parse(line) as Answer
  } catch {
    return undefined
  }
}
