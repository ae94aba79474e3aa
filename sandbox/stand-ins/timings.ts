/** How long the stand-ins take for what takes time upstream, in milliseconds. */
export type Timings = {
  /** A pod waits this long for the scheduler. */
  schedule: number
  /** From bound to running containers: image, sandbox, volumes. */
  podStart: number
  /** From a guest that executes to `AgentConnected`. */
  agentConnect: number
  /** Creating a volume, and binding it. */
  provision: number
  /** From a DataVolume's claim to the importer or cloner at work. */
  importerStart: number
  /** One clone or restore, after the copy itself. */
  clone: number
  /** Cutting a snapshot. */
  snapshot: number
  /** Giving a volume another performance. */
  modify: number
  /** First wait after a failed import; it doubles up to five minutes, as a pod's restarts do. */
  importBackOff: number
  /** Interval of the nodes' heartbeats. */
  nodeHeartbeat: number
  /** A node without heartbeat for so long is no longer Ready (kube-controller-manager's node-monitor-grace-period). */
  nodeLost: number
  /** Base of KubeVirt's crash back-off. */
  crashBackOff: number
}

/** Nothing takes time that need not: for simulations. What Kubernetes' own timers do (heartbeats, back-offs) keeps its length. */
export const immediateTimings: Timings = {
  schedule: 0,
  podStart: 0,
  agentConnect: 0,
  provision: 0,
  importerStart: 0,
  clone: 0,
  snapshot: 0,
  modify: 0,
  importBackOff: 10_000,
  nodeHeartbeat: 10_000,
  nodeLost: 40_000,
  crashBackOff: 10_000,
}

/** Short, but long enough to see every phase with `kubectl get -w`. */
export const demoTimings: Timings = {
  ...immediateTimings,
  schedule: 100,
  podStart: 700,
  agentConnect: 2_000,
  provision: 200,
  importerStart: 400,
  clone: 200,
  snapshot: 300,
  modify: 300,
}
