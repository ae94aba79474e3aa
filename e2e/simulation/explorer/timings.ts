import type { Timings } from '../../../sandbox/stand-ins/timings.ts'

/** Nodes whose heartbeats nobody misses: they would be most of what happens in an hour of quiet. */
export const timings: Partial<Timings> = { nodeHeartbeat: 7 * 24 * 3_600_000 }
