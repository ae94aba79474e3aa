import type { Instance, Volume } from '../crds/v1alpha1/index.ts'
import { launchQuestion } from '../operator/resources/image/launch-permission.ts'
import { viewOf } from '../operator/resources/view.ts'
import { type Access, type AccessQuestion, askAccess } from '../operator/runtime/access.ts'
import type { Client } from '../operator/runtime/client.ts'
import type { Clock } from '../operator/runtime/clock.ts'
import type { Cache } from '../operator/runtime/store.ts'
import type { OperatorSettings } from '../operator/settings.ts'
import { type AdmissionRequest, type AdmissionResponse, validate } from './review.ts'
import { isJudged } from './verdicts/index.ts'
import { hasDisks } from './verdicts/instance.ts'
import { isMade } from './verdicts/volume.ts'

type Options = { cache: Cache; client: Pick<Client, 'create'>; clock: Pick<Clock, 'sleep'>; settings: OperatorSettings }

/**
 * Judges a request by what there is, and by what roles say of the image of another namespace that the object names, where that must be asked. A
 * refusal is looked at twice, with a moment between: an image, its share or its role may have been applied just before. Warned, and not refused, is
 * what is only tried (dry run), since tools try all that they will apply before they apply anything; what nobody can be asked about; and what waits
 * for an image that is still to come, where the writer may read the images of that namespace: its absence is no news, and objects come in any order.
 */
export const createValidation = ({ cache, client, clock, settings }: Options) => async (request: AdmissionRequest): Promise<AdmissionResponse> => {
  const launch = launchOf(request)
  const ask = async (): Promise<Access | undefined> => {
    const question = launch === undefined ? undefined : launchQuestion(launch, cache)
    return question === undefined ? undefined : askAccess(client, question)
  }
  const seen = (access?: Access) => validate(request, viewOf(cache, settings, access))
  const first = await ask()
  if (launch === undefined || launch.isOver || first === undefined) return seen(first)
  if (request.dryRun === true && isRefusal(first)) return withWarning(seen(), launch)
  if (isRefusal(first)) {
    const reader = await askAccess(client, readingQuestion(launch, request))
    const isToCome = isAllowed(reader) && viewOf(cache, settings).getImage(launch.ref.namespace ?? launch.namespace, launch.ref.name) === undefined
    if (isToCome) return withWarning(seen(), launch)
    await clock.sleep(secondLookMs)
  }
  const access = isRefusal(first) ? await ask() : first
  return access !== undefined && 'failure' in access ? withWarning(seen(access), launch) : seen(access)
}

const isRefusal = (access: Access): boolean => 'allowed' in access && !access.allowed

const isAllowed = (access: Access): boolean => 'allowed' in access && access.allowed

/** Whether who sent the request may read the image by themselves: then nothing is told by saying whether there is one. */
const readingQuestion = ({ namespace, ref }: Launch, { userInfo }: AdmissionRequest): AccessQuestion => ({
  about: 'reading', user: userInfo?.username ?? '', groups: userInfo?.groups ?? [],
  ...userInfo?.uid === undefined ? {} : { uid: userInfo.uid }, ...userInfo?.extra === undefined ? {} : { extra: userInfo.extra },
  attributes: [{ namespace: ref.namespace ?? namespace, verb: 'get', group: 'kumulus.dev', resource: 'images', name: ref.name }],
})

const secondLookMs = 500

type Launch = { namespace: string; ref: { name: string; namespace?: string }; isOver: boolean }

/** What a new spec would be made of. `isOver`: it has been made, so that nothing more is cloned for it. */
const launchOf = ({ operation, object, oldObject }: AdmissionRequest): Launch | undefined => {
  if (operation === 'DELETE' || !object || !isJudged(object, oldObject ?? undefined)) return undefined
  const isOver = object.kind === 'Instance' ? hasDisks(object as unknown as Instance) : object.kind === 'Volume' ? isMade(object as unknown as Volume) : undefined
  const { imageRef } = object.spec as { imageRef?: Launch['ref'] }
  return imageRef === undefined || isOver === undefined ? undefined : { namespace: object.metadata.namespace ?? '', ref: imageRef, isOver }
}

const withWarning = (response: AdmissionResponse, { namespace, ref }: Launch): AdmissionResponse => ({
  ...response,
  warnings: [...response.warnings ?? [], `spec.imageRef: whether an image ${ref.name} of the namespace ${ref.namespace} is shared with the namespace ${namespace} is not known yet: ` +
    'nothing is made of it before it is'],
})
