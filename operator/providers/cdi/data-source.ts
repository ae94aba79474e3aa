import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { dataSourceResource } from './resources.ts'

export type DataSourceInput = {
  name: string
  namespace: string
  /** What it stands for, in the same namespace. */
  of: { snapshot: string } | { claim: string }
}

/** The name under which an image is cloned, whatever it is kept in. */
export const buildDataSource = ({ name, namespace, of }: DataSourceInput) => ({
  apiVersion: apiVersionOf(dataSourceResource),
  kind: dataSourceResource.kind,
  metadata: { name, namespace },
  spec: {
    source: 'snapshot' in of ? { snapshot: { name: of.snapshot, namespace } } : { pvc: { name: of.claim, namespace } },
  },
})
