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
  /** When it has ended in order, what was asked of it is kept where `E2E_AUDIT` names a folder for that. */
  program: Program
}

/** Starts one in a folder of its own, on a port of its own, so that it is found again where it was after a restart. */
export const startKubernetes = async (data: string, step: (line: string) => void): Promise<Kubernetes> => {
  const binary = await buildControlPlane(step)
  const [port = 0] = await freePorts(1)
  const logFile = join(data, 'control-plane.log')
  const folder = join(data, 'kubernetes')
  await mkdir(folder, { mode: 0o700 })
  const readReady = () => readFile(join(folder, 'ready.json'), 'utf8').then((text) => JSON.parse(text) as { pid: number }, () => undefined)
  const program = await startProgram({
    name: 'control plane', binary, args: ['-data', folder, '-port', `${port}`], logFile, ready: (signal, pid) => readyFileOf(readReady, signal, pid),
  })
  const kill: Program['kill'] = async (signal) => {
    await program.kill(signal)
    if (signal !== 'SIGKILL') await keepAuditLog(join(folder, 'audit.log'))
  }
  return { kubeconfig: join(folder, 'kubeconfig'), program: { ...program, kill } }
}

const keepAuditLog = async (log: string): Promise<void> => {
  const folder = process.env['E2E_AUDIT']
  if (folder === undefined || !existsSync(log)) return
  await copyFile(log, join(folder, `${randomUUID()}.log`))
}
