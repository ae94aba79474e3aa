import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync, existsSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { jsonText } from './json-text.ts'
import type { AnyObject } from './resource.ts'
import type { Storage } from './storage.ts'

/**
 * Keeps a storage on disk: a snapshot, and one line of JSON for each write since. Lines are written before the client gets its
 * answer, so a crash of this process loses nothing; they are not synced one by one (a crash of the whole machine may lose the last
 * moments, as it loses the sandbox's machines), only snapshots and a clean close are. A torn last line is a write that nobody was
 * told of: it is cut off.
 */
export type Journal = { close: () => Promise<void> }

type Entry = { revision: number; bucket: string; key: string; object: AnyObject | null }

/** A new snapshot is made after this many lines. */
const snapshotEvery = 20_000

export const openJournal = (directory: string, storage: Storage, log: Logger | undefined): Journal => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const snapshotPath = join(directory, 'snapshot.jsonl')
  const journalPath = join(directory, 'journal.jsonl')
  const objects = new Map<string, Entry>()
  const restored = Math.max(replay(snapshotPath, objects, log), replay(journalPath, objects, log))
  storage.restore(restored, [...objects.values()].map(({ bucket, key, object }) => [bucket, key, object as AnyObject]))
  let file = openSync(journalPath, 'a', 0o600)
  let lines = 0

  const snapshot = () => {
    const temporary = `${snapshotPath}.new`
    const next = openSync(temporary, 'w', 0o600)
    writeLine(next, { revision: storage.revision, bucket: '', key: '', object: null })
    for (const bucket of storage.buckets()) {
      for (const [key, object] of storage.list(bucket, '').entries) writeLine(next, { revision: Number(object.metadata['resourceVersion']), bucket, key, object })
    }
    fsyncSync(next)
    closeSync(next)
    renameSync(temporary, snapshotPath)
    // Only now: until the rename the old snapshot needs every line of the journal.
    closeSync(file)
    file = openSync(journalPath, 'w', 0o600)
    lines = 0
  }

  const unsubscribe = storage.subscribe(({ revision, bucket, key, type, object }) => {
    writeLine(file, { revision, bucket, key, object: type === 'DELETED' ? null : object })
    if (++lines >= snapshotEvery) snapshot()
  })

  return {
    close: async () => {
      unsubscribe()
      fsyncSync(file)
      closeSync(file)
    },
  }
}

const writeLine = (file: number, { revision, bucket, key, object }: Entry): void => {
  const place = JSON.stringify({ revision, bucket, key }).slice(0, -1)
  writeSync(file, `${place},"object":${object === null ? 'null' : jsonText(object)}}\n`)
}

/** Reads a file of entries into `objects`; returns the highest revision in it. */
const replay = (path: string, objects: Map<string, Entry>, log: Logger | undefined): number => {
  if (!existsSync(path)) return 0
  const content = readFileSync(path)
  const whole = content.lastIndexOf(0x0a) + 1
  if (whole < content.length) {
    log?.warn({ path, bytes: content.length - whole }, 'the last line is torn: cut off')
    truncateSync(path, whole)
  }
  let revision = 0
  for (const line of content.subarray(0, whole).toString().split('\n')) {
    if (line === '') continue
    const entry = JSON.parse(line) as Entry
    const name = `${entry.bucket} ${entry.key}`
    revision = Math.max(revision, entry.revision)
    if (entry.object === null) objects.delete(name)
    else objects.set(name, entry)
  }
  return revision
}
