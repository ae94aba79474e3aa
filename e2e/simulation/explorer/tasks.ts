import { availableParallelism } from 'node:os'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Family } from './families.ts'

/** What a worker explores in one go: a scenario with one seed. `shares` says how many of its plans. */
export type Task = { scenario: string; seed: number; families: readonly Family[]; shares: 'lean' | 'tests' | 'every' }

/** What a worker says: after each plan, and when its task is done. `report` is there where the plan failed. */
export type Progress = { type: 'plan'; family: Family; report?: string } | { type: 'done' } | { type: 'broken'; message: string }

/** Shares tasks between as many processes as the machine has cores, each asking for the next when it has done one. */
export const runTasks = async (tasks: readonly Task[], told: (progress: Progress, task: Task) => void): Promise<void> => {
  const left = [...tasks]
  const workers = Array.from({ length: Math.min(availableParallelism(), left.length) }, () => fork(new URL('./worker.ts', import.meta.url)))
  const stop = () => {
    for (const worker of workers) worker.kill()
  }
  process.once('SIGINT', () => {
    stop()
    process.exit(130)
  })
  try {
    await Promise.all(workers.map((worker) => work(worker, left, told)))
  } finally {
    stop()
  }
}

const work = async (worker: ChildProcess, left: Task[], told: (progress: Progress, task: Task) => void): Promise<void> => {
  for (let task = left.shift(); task !== undefined; task = left.shift()) await perform(worker, task, told)
}

const perform = (worker: ChildProcess, task: Task, told: (progress: Progress, task: Task) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const onMessage = (progress: Progress) => {
      told(progress, task)
      if (progress.type === 'plan') return
      worker.off('message', onMessage).off('exit', onExit)
      resolve()
    }
    const onExit = (code: number | null) => reject(new Error(`a worker ended with ${code} in ${task.scenario}, seed ${task.seed}`))
    worker.on('message', onMessage).on('exit', onExit)
    worker.send(task)
  })
