import test from 'ava'
import { qemuInstalled } from '../../sandbox/hypervisor/qemu.ts'
import { flows } from '../guest-flows.ts'
import { startMortalCloud, type MortalCloud } from '../mortal-cloud.ts'
import type { Death } from '../write-gate.ts'

const withQemu = qemuInstalled() ? test.serial : test.serial.skip

/**
 * Where the operator dies in each flow: `each`, at the first three of each method to each path, one operator after the other, after and then before;
 * `every`, at each single write, a flow for each; or at one alone, as in `3:after`. Without it, at one by the seed.
 */
const chosen = process.env['DATA_DEATHS'] ?? 'sample'
const seed = Number(process.env['DATA_SEED'] ?? 1)

let cloud: MortalCloud
test.before(async (t) => {
  // Guests boot by software where there is no KVM.
  t.timeout(600_000)
  if (qemuInstalled()) cloud = await startMortalCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

for (const [index, [name, flow]] of Object.entries(flows).entries()) {
  withQemu(`what a real guest wrote outlives ${name}, and a death of the operator in the middle of it`, async (t) => {
    for (let death: Death | undefined = firstDeath(index); death !== undefined;) {
      t.timeout(1_200_000)
      const struck = await cloud.play(flow, death)
      t.pass()
      if (chosen !== 'sample') console.log(`  ${name}, ${death.write}:${death.when}: ${struck.length} died${struck.length === 1 ? ` at ${struck[0]}` : ''}`)
      death = nextDeath(death, struck.length > 0)
    }
  })
}

const firstDeath = (index: number): Death => {
  if (chosen === 'each') return { write: 'each', when: 'after' }
  if (chosen === 'every') return { write: 1, when: 'after' }
  if (chosen === 'sample') return { write: 1 + (seed * 7 + index * 3) % 8, when: (seed + index) % 2 === 0 ? 'before' : 'after' }
  const [write, when] = chosen.split(':')
  return { write: Number(write), when: when === 'before' ? 'before' : 'after' }
}

/** @param hasDied - else the flow has no more writes than that. */
const nextDeath = ({ write, when }: Death, hasDied: boolean): Death | undefined => {
  const next = when === 'after' ? 'before' : undefined
  if (write === 'each') return chosen === 'each' && next !== undefined ? { write, when: next } : undefined
  if (chosen !== 'every') return undefined
  if (hasDied) return { write: write + 1, when }
  return next === undefined ? undefined : { write: 1, when: next }
}
