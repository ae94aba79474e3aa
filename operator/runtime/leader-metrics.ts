import { Gauge } from 'prom-client'
import type { Registry } from 'prom-client'

/** client-go's metric of leader election, asked at every scrape: 1 while this process holds the Lease. */
export const measureLeader = (registry: Registry, name: string, leads: () => boolean): void => void new Gauge({
  name: 'leader_election_master_status',
  help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master',
  labelNames: ['name'],
  registers: [registry],
  collect() {
    this.set({ name }, leads() ? 1 : 0)
  },
})
