import { isDeepStrictEqual } from 'node:util'
import { storageKey, type Core } from '../core.ts'
import { amountText, usedOf } from '../quota/usage.ts'
import type { Storage } from '../storage.ts'
import { createWorker, type Worker } from './worker.ts'

const bucket = '/resourcequotas'

/** Says in the status of ResourceQuotas what is used of them, as kube-controller-manager does. Costs nothing where there is none. */
export const startQuotaController = (core: Core): Worker => {
  const { storage, clock, log } = core
  const worker = createWorker('quotas', async (namespace) => writeUsage(storage, namespace), { log, schedule: (callback) => clock.after(1000, callback) })
  const unsubscribe = storage.subscribe(({ key, type, bucket: written }) => {
    if (storage.count(bucket) > 0 && (type !== 'MODIFIED' || written === bucket || written === '/persistentvolumeclaims')) worker.add(key.slice(0, key.indexOf('/')))
  })
  for (const [key] of storage.list(bucket, '').entries) worker.add(key.slice(0, key.indexOf('/')))
  return {
    ...worker,
    close: () => {
      unsubscribe()
      worker.close()
    },
  }
}

const writeUsage = (storage: Storage, namespace: string): void => {
  for (const [, quota] of [...storage.list(bucket, `${namespace}/`).entries]) {
    const hard = (quota['spec'] as { hard?: Record<string, string> } | undefined)?.hard ?? {}
    const used = Object.fromEntries(Object.keys(hard).flatMap((name) => {
      const amount = usedOf(storage, namespace, name)
      return amount === undefined ? [] : [[name, amountText(name, amount)]]
    }))
    const status = { hard, used }
    if (!isDeepStrictEqual(quota['status'], status)) storage.put(bucket, storageKey(namespace, quota.metadata.name ?? ''), { ...quota, status }, quota)
  }
}
