import { watch } from 'node:fs'
import { open, stat, truncate, type FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../../operator/runtime/clock.ts'

/** A guest may write to its console for ever; what is kept of it is this much, cut when it has become twice as long. */
export const CONSOLE_BYTES = 2 * 1024 * 1024
const CHECK_MS = 1_000

/** Yields what the log holds (or its last lines) and, with `follow`, what is appended, until the signal aborts. */
export async function* followLog(
  path: string, options: { follow: boolean; tailLines?: number; signal?: AbortSignal },
): AsyncGenerator<string> {
  const { follow, tailLines, signal } = options
  const file = await open(path, 'a+', 0o600)
  // The watch comes before the first read: nothing written between the two is missed.
  const changes = follow ? watchFile(path, signal) : undefined
  const decoder = new StringDecoder('utf8')
  try {
    const cursor = { at: tailLines === undefined ? 0 : await startOfTail(file, tailLines) }
    do {
      for await (const chunk of readFrom(file, cursor)) {
        const text = decoder.write(chunk)
        if (text) yield text
      }
    } while (changes && (await changes.next()))
  } finally {
    changes?.close()
    await file.close()
  }
}

/** Cuts the log when it has grown too long. QEMU appends, so it goes on writing where the file then ends. Returns the stop. */
export const boundLog = (path: string, clock: Clock): (() => void) => {
  let cancel: (() => void) | undefined
  const check = async () => {
    cancel = undefined
    const { size } = await stat(path)
    if (size > 2 * CONSOLE_BYTES) await truncate(path, 0)
  }
  const watcher = watch(path, () => {
    cancel ??= clock.after(CHECK_MS, () => void check().catch(() => {}))
  })
  watcher.on('error', () => {})
  watcher.unref()
  return () => {
    cancel?.()
    watcher.close()
  }
}

async function* readFrom(file: FileHandle, cursor: { at: number }): AsyncGenerator<Buffer> {
  // Shorter than what was read: it was cut, and begins anew.
  if ((await file.stat()).size < cursor.at) cursor.at = 0
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, cursor.at)
    if (bytesRead === 0) return
    cursor.at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

const startOfTail = async (file: FileHandle, lines: number): Promise<number> => {
  const { size } = await file.stat()
  const bytes = Math.min(size, 2 * CONSOLE_BYTES)
  const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, size - bytes)
  let at = bytes
  // The newline that ends the last line begins none.
  if (buffer[at - 1] === 10) at -= 1
  for (let left = lines; left > 0 && at > 0; left -= 1) {
    const newline = buffer.lastIndexOf(10, at - 1)
    if (newline < 0) return size - bytes
    at = newline
  }
  return lines === 0 ? size : size - bytes + (at === 0 ? 0 : at + 1)
}

/** Turns file events into a wait; several changes while nobody waits count as one. */
const watchFile = (path: string, signal?: AbortSignal) => {
  let changed = false
  let ended = signal?.aborted ?? false
  let wake = () => {}
  const watcher = watch(path, () => {
    changed = true
    wake()
  })
  const end = () => {
    ended = true
    wake()
  }
  watcher.on('error', end)
  signal?.addEventListener('abort', end, { once: true })
  return {
    /** True after a change, false when it is over. */
    next: async () => {
      if (!changed && !ended) await new Promise<void>((resolve) => (wake = resolve))
      changed = false
      return !ended
    },
    close: () => {
      signal?.removeEventListener('abort', end)
      watcher.close()
    },
  }
}
