import type { Stored } from './scenario.ts'

/** The path of a stored object in its API. */
export const pathOfObject = (bucket: string, { apiVersion, metadata: { name, namespace } }: Stored): string => {
  const plural = bucket.slice(bucket.indexOf('/') + 1)
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}/${name}`
}
