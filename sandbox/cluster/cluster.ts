import type { Transport } from '../../operator/runtime/transport.ts'
import type { KubeletEndpoint } from '../stand-ins/scheduling/nodes.ts'
import type { StandIns } from '../stand-ins/index.ts'

/** The API server that the stand-ins work on: one of our own, or a real one. */
export type Cluster = {
  /** As an administrator. */
  transport: Transport
  /** URL of the API server. */
  url: string
  /** Path of a kubeconfig of an administrator. */
  kubeconfig: string
  /** Where a real control plane finds the nodes' kubelets; undefined where the API server is ours and asks the stand-ins itself. */
  kubelets?: KubeletEndpoint
  /** Lets the API server find what the stand-ins serve. */
  serve: (standIns: StandIns) => Promise<void>
  close: () => Promise<void>
}
