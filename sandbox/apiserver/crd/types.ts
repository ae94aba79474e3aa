import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { AnyObject, PrinterColumn } from '../resource.ts'

/** What a CustomResourceDefinition calls its resource. */
export type CrdNames = {
  plural: string
  singular?: string
  kind: string
  listKind?: string
  shortNames?: string[]
  categories?: string[]
}

export type CrdVersion = {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: StructuralSchema }
  subresources?: {
    status?: object
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  }
  additionalPrinterColumns?: PrinterColumn[]
  selectableFields?: { jsonPath: string }[]
}

export type CrdCondition = { type: string; status: 'True' | 'False' | 'Unknown'; reason: string; message: string; lastTransitionTime: string }

/** A CustomResourceDefinition of `apiextensions.k8s.io/v1`. */
export type Crd = AnyObject & {
  spec: {
    group: string
    names: CrdNames
    scope: 'Namespaced' | 'Cluster'
    versions: CrdVersion[]
    conversion?: { strategy: string; webhook?: object }
    preserveUnknownFields?: boolean
  }
  status?: { conditions?: CrdCondition[]; acceptedNames?: CrdNames; storedVersions?: string[] }
}
