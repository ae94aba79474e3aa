import type { Control, Interposer } from '../interposer.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** Something that the operator builds on fails from the beginning on, and recovers. */
export const foreign = ({ failure, ms }: PerturbationOf<'foreign'>): Interposer => (control) => {
  const recover = failures[failure](control)
  control.lastsUntil(control.clock.now() + ms)
  control.clock.after(ms, recover)
  return (transport) => transport
}

/** Each begins a failure and returns what ends it. */
const failures: Record<PerturbationOf<'foreign'>['failure'], (control: Control) => () => void> = {
  import: ({ disks }) => {
    disks.fail('import', 'expected status code 200, got 404. Status: 404 Not Found')
    return () => disks.fail('import', undefined)
  },
  volume: ({ disks }) => {
    disks.fail('create', 'rpc error: code = ResourceExhausted desc = not enough space')
    return () => disks.fail('create', undefined)
  },
  network: ({ standIns }) => {
    standIns.setNetworkController(false)
    return () => standIns.setNetworkController(true)
  },
  unschedulable: (control) => {
    void cordon(control, true)
    return () => void cordon(control, null)
  },
  'crash-loop': (control) => {
    const state = { ended: false }
    crashAll(control, state)
    return () => void (state.ended = true)
  },
}

const cordon = async ({ admin }: Control, unschedulable: true | null): Promise<void> => {
  const { body } = await admin.request({ method: 'GET', path: '/api/v1/nodes' })
  for (const { metadata: { name } } of (body as { items: { metadata: { name: string } }[] }).items) {
    await admin.request({ method: 'PATCH', path: `/api/v1/nodes/${name}`, contentType: 'application/merge-patch+json', body: { spec: { unschedulable } } })
  }
}

/** Milliseconds in which a guest comes up before its kernel panics. */
const PANIC = 10_000

const crashAll = (control: Control, state: { readonly ended: boolean }): void => {
  if (state.ended) return
  for (const uid of control.hypervisor.states().keys()) control.hypervisor.crash(uid, 'Kernel panic - not syncing')
  control.clock.after(PANIC, () => crashAll(control, state))
}
