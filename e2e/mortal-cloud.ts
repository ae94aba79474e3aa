import { deepEqual } from 'node:assert/strict'
import { systemClock } from '../operator/runtime/clock.ts'
import { startGuestCloud, type GuestCloud } from './guest-cloud.ts'
import { prepare, prepareTypes, type Flow, type Stage } from './guest-flows.ts'
import { startWriteGate, type Death, type WriteGate } from './write-gate.ts'

/** A cloud of real guests whose operator dies when it is told to. */
export type MortalCloud = {
  /** Plays a flow in which the operator dies by SIGKILL, and a new one is started at once. Answers the writes that were struck. */
  play: (flow: Flow, death: Death) => Promise<string[]>
  stop: () => Promise<void>
}

/** With the two instances and the volume that flows are played on. */
export const startMortalCloud = async (): Promise<MortalCloud> => {
  // One process at a time: nobody has to wait until the Lease of the dead has run out.
  const operatorArguments = ['--no-leader-elect', '--volume-modification-interval', '0']
  const cloud = await startGuestCloud({ operatorArguments, patience: '600s' })
  let gate: WriteGate | undefined
  const stop = async () => {
    await cloud.stop()
    await gate?.close()
  }
  try {
    const operator = mortal(cloud)
    gate = await startWriteGate(cloud.operatorKubeconfig, operator.strike)
    operator.gate = gate
    await operator.reborn()
    const account = cloud.in('default')
    const doomed = await cloud.openAccount('doomed')
    // Types are of the cluster: two who make them at once are in each other's way.
    await prepareTypes(account)
    await Promise.all([prepare(account, 'other'), prepare(doomed)])
    const stage: Stage = { cloud, account, doomed, withoutOperator: operator.without }
    let turn = 0
    return { stop, play: (flow, death) => play({ flow, stage, turn: `${++turn}`, operator, gate: operator.gate as WriteGate, death }) }
  } catch (error) {
    await stop()
    throw error
  }
}

type Operator = {
  gate: WriteGate | undefined
  strike: () => void
  /** Resolves when no death is under way. */
  settled: () => Promise<void>
  /** @param before - the birth of the one that dies, which may not be over. */
  reborn: (before?: Promise<void>) => Promise<void>
  without: Stage['withoutOperator']
}

const mortal = ({ plane }: GuestCloud): Operator => {
  let birth = Promise.resolve()
  const operator: Operator = {
    gate: undefined,
    strike: () => {
      birth = operator.reborn(birth)
      // Whoever waits for it hears of it.
      birth.catch(() => {})
    },
    settled: () => birth,
    reborn: async (before) => {
      await plane.operator.kill('SIGKILL')
      // Who has waited for the dead to be ready kills, in vain, what there is then.
      await before?.catch(() => {})
      operator.gate?.reopen()
      await plane.operator.start()
    },
    without: async (act) => {
      operator.gate?.pause()
      await birth
      await plane.operator.kill()
      await act()
      operator.gate?.resume()
      await plane.operator.start()
    },
  }
  return operator
}

type Played = { flow: Flow; stage: Stage; turn: string; operator: Operator; gate: WriteGate; death: Death }

const play = async ({ flow, stage, turn, operator, gate, death }: Played): Promise<string[]> => {
  const before = await census(stage.cloud)
  gate.arm(death)
  try {
    await flow(stage, turn)
    const struck = gate.disarm()
    await operator.settled()
    await comesBackTo(stage.cloud, before)
    return struck
  } catch (error) {
    const struck = gate.disarm()
    throw new Error(`the operator died ${death.when} write ${death.write} (${struck.join(', ')}): ${(error as Error).message}\n${await stage.cloud.plane.report()}`, { cause: error })
  }
}

/** Kinds of which a flow may leave neither more nor fewer than there were; a DataVolume has done its work once its claim is filled. */
const counted = [
  'persistentvolumes', 'persistentvolumeclaims', 'datasources', 'volumesnapshots', 'volumesnapshotcontents',
  'virtualmachines', 'virtualmachineinstances', 'pods', 'snapshots.kumulus.dev', 'volumes.kumulus.dev',
]

const census = async ({ kubectl }: GuestCloud): Promise<Record<string, number>> => {
  const names = (await kubectl.run(['get', counted.join(','), '--all-namespaces', '-o', 'name'])).trim().split('\n')
  const kinds = names.map((name) => name.split('/')[0] ?? '')
  return Object.fromEntries([...new Set(kinds)].sort().map((kind) => [kind, kinds.filter((each) => each === kind).length]))
}

/** What is deleted goes in the background. */
const comesBackTo = async (cloud: GuestCloud, before: Record<string, number>): Promise<void> => {
  const end = systemClock.now() + 60_000
  const isBack = async () => JSON.stringify(await census(cloud)) === JSON.stringify(before)
  while (!await isBack() && systemClock.now() < end) await systemClock.sleep(1000)
  deepEqual(await census(cloud), before, 'the flow left something behind, or took something away')
}
