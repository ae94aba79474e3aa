import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { freePorts } from '../free-ports.ts'
import { readyFileOf, startProgram, type Program } from '../processes.ts'
import { buildControlPlane } from './build.ts'

/** A real control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler. */
export type Kubernetes = {
  /** Of an administrator. */
  kubeconfig: string
  program: Program
  /** Called when everything has ended: keeps what was asked of the API server where `E2E_AUDIT` names a folder for it. */
  keepAuditLog: () => Promise<void>
}

/** Starts one in a folder of its own, on a port of its own, so that it is found again where it was after a restart. */
export const startKubernetes = async (data: string, step: (line: string) => void): Promise<Kubernetes> => {
  const binary = await buildControlPlane(step)
  const [port = 0] = await freePorts(1)
  const logFile = join(data, 'control-plane.log')
  const folder = join(data, 'kubernetes')
  await mkdir(folder, { mode: 0o700 })
  const program = await startProgram({
    name: 'control plane', binary, args: ['-data', folder, '-port', `${port}`], logFile,
    ready: (signal, pid) => readyFileOf(() => readFile(join(folder, 'ready.json'), 'utf8').then((text) => JSON.parse(text) as { pid: number }, () => undefined), signal, pid),
  })
  return { kubeconfig: join(folder, 'kubeconfig'), program, keepAuditLog: () => keepAuditLog(join(folder, 'audit.log')) }
}

const keepAuditLog = async (log: string): Promise<void> => {
  const folder = process.env['E2E_AUDIT']
  if (folder === undefined || !existsSync(log)) return
  await copyFile(log, join(folder, `${randomUUID()}.log`))
}
