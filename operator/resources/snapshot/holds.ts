/**
 * Which snapshot has the guest of an instance, of all that are worked on at once. In memory alone: what it must outlive, the process, is on record
 * in the snapshots' statuses.
 */
export type Holds = {
  /** Whether the guest is the snapshot's now. @param isThere - whether a snapshot of this UID still is: one that has gone holds nothing. */
  take: (instanceKey: string, uid: string, isThere: (uid: string) => boolean) => boolean
  release: (uid: string) => void
}

export const createHolds = (): Holds => {
  const holders = new Map<string, string>()
  return {
    take: (instanceKey, uid, isThere) => {
      const holder = holders.get(instanceKey)
      if (holder !== undefined && holder !== uid && isThere(holder)) return false
      holders.set(instanceKey, uid)
      return true
    },
    release: uid => {
      for (const [key, holder] of holders) if (holder === uid) holders.delete(key)
    },
  }
}
