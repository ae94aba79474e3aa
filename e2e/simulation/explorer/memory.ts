import type { FakeClock } from '../../../operator/runtime/fake-clock.ts'
import type { Manifest, Named, User } from './scenario.ts'

/** What a user has done and seen so far. */
export type Memory = {
  /** What came of each step, in order. */
  done: readonly unknown[]
  /** When the step began that is not over. */
  begun: number | undefined
  /** Whether that step may be taken again: who makes an object must not make it twice. */
  repeatable: boolean
}

export type RememberingUser = {
  user: User
  /** What the user named. */
  applied: readonly Manifest[]
  removed: readonly Named[]
  memory: () => Memory
}

export const noMemory: Memory = { done: [], begun: undefined, repeatable: true }

/**
 * A user who notes every step, and first lives through those that are known without taking them: each brings what it brought. So a scenario, a plain
 * function, can be gone on with from where it stood.
 */
export const remembering = (user: User, clock: FakeClock, known: Memory = noMemory): RememberingUser => {
  const applied: Manifest[] = []
  const removed: Named[] = []
  const { done, step, look, current } = stepping(clock, known)
  let waits = false
  const waiting = (act: () => Promise<void>) => step(async () => {
    waits = true
    await act().finally(() => (waits = false))
  })
  return {
    applied,
    removed,
    memory: () => ({ done: [...done], ...current }),
    user: {
      apply: (...manifests) => (applied.push(...manifests), step(() => user.apply(...manifests))),
      remove: (...targets) => (removed.push(...targets), step(() => user.remove(...targets))),
      pass: (ms) => step((begun) => user.pass(begun + ms - clock.now())),
      until: (...args) => waiting(() => user.until(...args)),
      inState: (...args) => waiting(() => user.inState(...args)),
      becomes: (...args) => waiting(() => user.becomes(...args)),
      gone: (...args) => waiting(() => user.gone(...args)),
      // What a wait looks at over and over is no step.
      find: (...args) => (waits ? user.find(...args) : look(() => user.find(...args))),
      stored: (...args) => (waits ? user.stored(...args) : look(() => user.stored(...args))),
      shutDownGuest: (...args) => look(() => user.shutDownGuest(...args)),
      deleteLauncher: (...args) => step(() => user.deleteLauncher(...args), false),
      restartOperator: () => look(user.restartOperator),
      // Says what is so from now on, and says it again.
      failDisks: user.failDisks,
      client: {
        create: (...args) => step(() => user.client.create(...args), false),
        delete: (...args) => step(() => user.client.delete(...args), false),
        mergePatch: (...args) => step(() => user.client.mergePatch(...args)),
      },
    },
  }
}

const stepping = (clock: FakeClock, known: Memory) => {
  const done: unknown[] = []
  const current = { begun: undefined as number | undefined, repeatable: true }
  const isKnown = () => done.length < known.done.length
  const remember = () => {
    const value = known.done[done.length]
    done.push(value)
    return value
  }
  const step = async <T>(act: (begun: number) => Promise<T>, repeatable = true): Promise<T> => {
    if (isKnown()) return remember() as T
    const begun = (done.length === known.done.length ? known.begun : undefined) ?? clock.now()
    Object.assign(current, { begun, repeatable })
    const value = await act(begun)
    Object.assign(current, { begun: undefined, repeatable: true })
    done.push(value)
    return value
  }
  const look = <T>(act: () => T): T => {
    if (isKnown()) return remember() as T
    const value = act()
    done.push(value)
    return value
  }
  return { done, step, look, current }
}
