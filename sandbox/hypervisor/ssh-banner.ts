import { createConnection } from 'node:net'
import type { Clock } from '../../operator/runtime/clock.ts'

/** A guest's SSH server says who it is at once; under emulation "at once" may be a second or two. */
const PATIENCE_MS = 2_000
const RETRY_MS = 100

/**
 * Waits until an SSH server speaks at `endpoint`. That a connection opens proves nothing: QEMU accepts it before its guest
 * runs, and what was sent then may wait for seconds, so a client that comes too early hangs longer than the guest takes.
 * Rejects with the signal's reason when that comes first.
 */
export const sshAnswers = async (endpoint: { host: string; port: number }, clock: Clock, signal: AbortSignal): Promise<void> => {
  for (;;) {
    signal.throwIfAborted()
    if (await speaks(endpoint, clock)) return
    await clock.sleep(RETRY_MS, signal)
  }
}

const speaks = ({ host, port }: { host: string; port: number }, clock: Clock): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, host)
    const end = (answer: boolean) => {
      cancel()
      socket.destroy()
      resolve(answer)
    }
    const cancel = clock.after(PATIENCE_MS, () => end(false))
    socket.once('data', (bytes: Buffer) => end(bytes.subarray(0, 4).toString('latin1') === 'SSH-'))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
