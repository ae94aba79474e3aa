/** Counts what is under way, in all and for each client, so that one client can't take what is the others'. */
export type Limit = {
  /** Takes a place; undefined where there is none. @returns what gives it back, once. */
  take: (client: string) => (() => void) | undefined
}

export const createLimit = ({ total, each }: { total: number; each: number }): Limit => {
  const taken = new Map<string, number>()
  let all = 0
  return {
    take: (client) => {
      const own = taken.get(client) ?? 0
      if (all >= total || own >= each) return undefined
      all += 1
      taken.set(client, own + 1)
      let isGiven = false
      return () => {
        if (isGiven) return
        isGiven = true
        all -= 1
        const left = (taken.get(client) ?? 1) - 1
        if (left === 0) taken.delete(client)
        else taken.set(client, left)
      }
    },
  }
}
