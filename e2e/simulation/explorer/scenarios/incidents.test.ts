import test from 'ava'
import { explore, referenceOf, scenarioOf } from '../explore.ts'
import { writeTo } from '../mutants/mutant.ts'
import type { Perturbation } from '../plan.ts'

const seed = 1

const launchWith = async (perturbation: (machine: number) => Perturbation) => {
  const machine = writeTo(await referenceOf(scenarioOf('launch'), seed), /virtualmachines\/web$/)
  return explore({ scenario: 'launch', seed, perturbations: [perturbation(machine)] })
}

test('cluster-api#13649: a process that starts with an old view of what it has made makes nothing a second time', async (t) => {
  for (const resource of ['kubevirt.io/virtualmachines', 'kumulus.dev/volumes', 'kumulus.dev/instances']) {
    const { run, findings } = await launchWith((machine) => ({ kind: 'rewind', write: machine + 1, resource, back: 9 }))
    t.deepEqual(findings, [], resource)
    t.is(new Set(run.writes.map(({ process }) => process)).size, 2)
  }
})

test('kubevirt#15373 and #16622: an operator that slept past its Lease, while another made the machine, makes no second one', async (t) => {
  const { run, findings } = await launchWith((write) => ({ kind: 'pause', write, ms: 40_000 }))
  t.deepEqual(findings, [])
  const sent = run.writes.filter(({ path }) => path.endsWith('/virtualmachines/web')).map(({ process, status }) => `${process} ${status}`)
  t.deepEqual(sent, ['operator-2 201', 'operator-1 409'])
})
