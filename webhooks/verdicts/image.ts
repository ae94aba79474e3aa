import type { Image } from '../../crds/v1alpha1/index.ts'
import { imageURLProblem } from './image-url.ts'
import type { Verdict } from './view.ts'

/** Sources lie outside the platform, unless the operator allows them. */
export const imageVerdict: Verdict<Image> = ({ spec, status }, _old, view) => {
  // An image that was imported reads its source no more.
  if (status?.state === 'available') return []
  return sources.flatMap(([kind, schemes]) => {
    const url = spec.source[kind]?.url
    const problem = url === undefined ? undefined : imageURLProblem(url, schemes, view.allowedImageSources, view.platformRanges)
    return problem === undefined ? [] : [{ field: `spec.source.${kind}.url`, message: `${url} ${problem}`, reason: 'FieldValueForbidden' as const }]
  })
}

const sources = [['http', ['http', 'https']], ['s3', ['http', 'https']], ['registry', ['docker']]] as const
