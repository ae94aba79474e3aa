import { freezeTimeoutMs } from '../../../operator/resources/snapshot/freeze.ts'
import type { World } from '../world.ts'

/** Looks at guests whenever one is written of. */
export type Watchman = {
  /** How often a disk came into a guest, and a guest stood still. */
  seen: { plugged: number; froze: number }
  end: () => { wrong: readonly string[]; seen: Watchman['seen'] }
}

/** No disk is in two guests at once, and no guest stands still for longer than is promised. */
export const watchGuests = ({ server, hypervisor, clock }: World): Watchman => {
  const wrong = new Set<string>()
  const seen = { plugged: 0, froze: 0 }
  const ends = [lookAtDisks({ server, hypervisor }, wrong, seen), lookAtFreezes({ hypervisor, clock }, wrong, seen)]
  return {
    seen,
    end: () => {
      for (const end of ends) end()
      return { wrong: [...wrong], seen }
    },
  }
}

const lookAtDisks = ({ server, hypervisor }: Pick<World, 'server' | 'hypervisor'>, wrong: Set<string>, seen: Watchman['seen']) => {
  let before = new Map<string, string>()
  return server.subscribe(({ bucket }) => {
    if (bucket !== 'kubevirt.io/virtualmachineinstances') return
    const now = new Map<string, string>()
    for (const { uid, name } of hypervisor.machines()) {
      for (const disk of hypervisor.hotDisks(uid)) {
        const other = now.get(disk)
        if (other !== undefined) wrong.add(`${disk} is in ${other} and in ${name} at once`)
        if (before.get(disk) !== name) seen.plugged += 1
        now.set(disk, name)
      }
    }
    before = now
  })
}

const lookAtFreezes = ({ hypervisor, clock }: Pick<World, 'hypervisor' | 'clock'>, wrong: Set<string>, seen: Watchman['seen']) => {
  const since = new Map<string, number>()
  return hypervisor.onEvent(({ type, uid }) => {
    if (type !== 'agent') return
    const begun = since.get(uid)
    if (hypervisor.agent(uid)?.frozen === true) {
      if (begun === undefined) seen.froze += 1
      since.set(uid, begun ?? clock.now())
      return
    }
    if (begun !== undefined && clock.now() - begun > freezeTimeoutMs) wrong.add(`a guest stood still for ${clock.now() - begun} ms`)
    since.delete(uid)
  })
}
