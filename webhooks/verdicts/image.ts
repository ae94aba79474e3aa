import { parseCron } from '../../crds/cron.ts'
import type { Image } from '../../crds/v1alpha1/index.ts'
import { imageURLProblem } from './image-url.ts'
import type { Verdict, View, Violation } from './view.ts'

/** Sources lie outside the platform, unless the operator allows them; an instance that is to be stopped for it may be. */
export const imageVerdict: Verdict<Image> = ({ metadata, spec, status }, _old, view) => {
  // An image that was imported reads its source no more.
  if (status?.state === 'available') return []
  return [...metadata.creationTimestamp === undefined ? stopViolations(metadata.namespace ?? '', spec, view) : [], ...sources.flatMap(([kind, schemes]) => {
    const url = spec.source[kind]?.url
    const problem = url === undefined ? undefined : imageURLProblem(url, schemes, view.allowedImageSources, view.platformRanges)
    return problem === undefined ? [] : [{ field: `spec.source.${kind}.url`, message: `${url} ${problem}`, reason: 'FieldValueForbidden' as const }]
  }), ...refreshViolations(spec)]
}

const refreshViolations = ({ source: { http } }: Image['spec']): Violation[] => {
  const cron = http?.refresh === undefined ? undefined : parseCron(http.refresh)
  return typeof cron === 'string' ? [{ field: 'spec.source.http.refresh', message: `${http?.refresh} ${cron}; for every night write "0 4 * * *"` }] : []
}

/** Asked of an image that is being created alone: it is made by the time that the protection may come. */
const stopViolations = (namespace: string, { source: { instanceRef } }: Image['spec'], view: View): Violation[] =>
  instanceRef === undefined || instanceRef.noReboot || view.getInstance(namespace, instanceRef.name)?.spec.disableAPIStop !== true ? [] : [{
    field: 'spec.source.instanceRef.noReboot',
    message: `the instance ${instanceRef.name} is protected from being stopped: set noReboot to true, or its disableAPIStop to false first`,
    reason: 'FieldValueForbidden',
  }]

const sources = [['http', ['http', 'https']], ['s3', ['http', 'https']], ['registry', ['docker']]] as const
