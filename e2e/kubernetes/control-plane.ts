import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../operator/runtime/clock.ts'
import { kubeConfigCredentials } from '../../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../../operator/runtime/https-transport.ts'
import { freePorts } from '../free-ports.ts'
import { readyFileOf, startProgram, type Program } from '../processes.ts'
import type { Period } from './audit.ts'
import { buildControlPlane } from './build.ts'
import { chooseKubernetes, type Component } from './choice.ts'
import { makeDataFolder, type DataFolder } from './data-folder.ts'
import { takeExisting, type Existing } from './existing.ts'
import { etcdSocket, flagsOf } from './flags.ts'

/** A real control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler; or one that runs already. */
export type Kubernetes =
  /** When the program has ended in order, what was asked of it is kept where `E2E_AUDIT` names a folder for that. */
  | { program: Program; existing?: never }
  | { program?: never; existing: Existing }

/**
 * Starts one in a folder of its own, on a port of its own, so that it is found again where it was after a restart.
 * @param kubeconfig - where an administrator's is written.
 */
export const startKubernetes = async (data: string, kubeconfig: string, step: (line: string) => void): Promise<Kubernetes> => {
  const choice = chooseKubernetes(process.env)
  if (choice.kind === 'existing') return { existing: await takeExisting(choice.kubeconfig, kubeconfig) }
  const [port = 0] = await freePorts(1)
  const folder = await makeDataFolder(folderOf(data), port)
  const flags = flagsOf(folder, port)
  const program = choice.kind === 'assets' ? await startEach(choice.programs, flags, folder) : await startBuilt(await buildControlPlane(step), flags, folder)
  const unready: Period[] = []
  const start: Program['start'] = async () => {
    const from = systemClock.now()
    await program.start()
    unready.push([from, systemClock.now()])
  }
  const kill: Program['kill'] = async (signal) => {
    await program.kill(signal)
    if (signal !== 'SIGKILL') await keepAuditLog(folder.auditLog, unready)
  }
  await copyFile(folder.kubeconfig, kubeconfig)
  return { program: { ...program, start, kill } }
}

const folderOf = (data: string): string => join(data, 'kubernetes')

/** Where etcd of the control plane that was started in `data` listens. */
export const etcdSocketOf = (data: string): string => etcdSocket(folderOf(data))

const startBuilt = async (binary: string, flags: Record<Component, string[]>, { path }: DataFolder): Promise<Program> => {
  await writeFile(join(path, 'flags.json'), JSON.stringify(flags))
  const readReady = () => readFile(join(path, 'ready.json'), 'utf8').then((text) => JSON.parse(text) as { pid: number }, () => undefined)
  return startProgram({
    name: 'control plane', binary, args: ['-data', path], env: { GOGC: '300', ...process.env }, logFile: join(path, 'control-plane.log'),
    ready: (signal, pid) => readyFileOf(readReady, signal, pid),
  })
}

/** Kubernetes' own programs, as one. */
const startEach = async (binaries: Record<Component, string>, flags: Record<Component, string[]>, folder: DataFolder): Promise<Program> => {
  const programs: Program[] = []
  const kill: Program['kill'] = async (signal) => {
    for (const program of programs.toReversed()) await program.kill(signal)
  }
  try {
    for (const name of Object.keys(flags) as Component[]) {
      const ready = name === 'kube-apiserver' ? (signal: AbortSignal) => answersReady(folder.kubeconfig, signal) : () => Promise.resolve()
      programs.push(await startProgram({ name, binary: binaries[name], args: flags[name], logFile: join(folder.path, `${name}.log`), ready }))
    }
  } catch (error) {
    await kill()
    throw error
  }
  return {
    name: 'control plane',
    pid: () => programs[1]?.pid(),
    kill,
    start: async () => {
      for (const program of programs) await program.start()
    },
    tail: async (lines) => (await Promise.all(programs.map((program) => program.tail(lines)))).join('\n'),
  }
}

const answersReady = async (kubeconfig: string, signal: AbortSignal): Promise<void> => {
  const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file: kubeconfig }), clock: systemClock })
  try {
    while ((await transport.request({ method: 'GET', path: '/readyz', signal }).catch(() => undefined))?.status !== 200) {
      signal.throwIfAborted()
      await systemClock.sleep(50)
    }
  } finally {
    await transport.close()
  }
}

const keepAuditLog = async (log: string, unready: readonly Period[]): Promise<void> => {
  const folder = process.env['E2E_AUDIT']
  if (folder === undefined || !existsSync(log)) return
  const name = join(folder, randomUUID())
  await writeFile(`${name}.json`, JSON.stringify(unready))
  await copyFile(log, `${name}.log`)
}
