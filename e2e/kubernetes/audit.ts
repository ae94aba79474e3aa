import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { operatorUser, admissionUser } from '../access.ts'
import { askedToClone, type Asked } from '../simulation/permissions.ts'

/** One line of an API server's audit log (audit.k8s.io/v1), as far as rights are concerned. */
type AuditEvent = {
  stage: string
  verb: string
  user: { username: string }
  objectRef?: { apiGroup?: string; resource: string; subresource?: string; namespace?: string; name?: string }
  responseStatus?: { code?: number }
  requestObject?: unknown
  annotations?: Record<string, string>
  requestReceivedTimestamp?: string
}

/** From one moment to another, in milliseconds since the epoch. */
export type Period = readonly [number, number]

const programs: readonly string[] = [operatorUser.username, admissionUser.username]

/** What our programs asked of the API servers whose logs are in a folder, and how each was answered. */
export const readAudit = async (folder: string): Promise<Asked[]> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.log'))
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  const logs = await Promise.all(files.map(async (name) => [await read(name), await read(name.replace(/log$/, 'json'))] as const))
  return logs.flatMap(([log, unready]) =>
    askedIn(log.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEvent).sort(byArrival), JSON.parse(unready) as Period[]))
}

/** A log has them as they were answered. */
const byArrival = ({ requestReceivedTimestamp: one = '' }: AuditEvent, { requestReceivedTimestamp: other = '' }: AuditEvent): number =>
  one < other ? -1 : one > other ? 1 : 0

/**
 * @param events - of one API server, as they arrived.
 * @param unready - when it was being started again: it answers before it has read the roles that it has, and refuses whoever comes.
 */
export const askedIn = (events: readonly AuditEvent[], unready: readonly Period[] = []): Asked[] => {
  const going = new Set<string>()
  const taken = new Set<string>()
  let given = -Infinity
  return events.flatMap((event) => {
    noteNamespace(going, event)
    if (noteRole(taken, event) === 'given') given = Date.parse(event.requestReceivedTimestamp ?? '')
    const unread = [...unready, [given, given + UNREAD_MS] as const]
    if (isForbidden(event) && (taken.size > 0 || unread.some(([from, to]) => isWithin(event, from, to)))) return []
    if (!programs.includes(event.user.username) || event.stage === 'RequestReceived' || event.objectRef === undefined) return []
    return rightsOf(event, event.objectRef, going)
  })
}

/** With a namespace its RoleBindings go, in no order: who is not let in there any more was told so in time. */
const noteNamespace = (going: Set<string>, { verb, objectRef, responseStatus }: AuditEvent): void => {
  if (objectRef?.resource !== 'namespaces' || objectRef.subresource !== undefined || (responseStatus?.code ?? 0) >= 300) return
  if (verb === 'delete') going.add(objectRef.name ?? '')
  if (verb === 'create') going.delete(objectRef.name ?? '')
}

/** How long who authorizes may not have seen a role that was just made: it reads them by a watch of its own. */
const UNREAD_MS = 2000

/** With a release its roles go, before its programs know that they are to end: who is refused then was let in until then. */
const noteRole = (taken: Set<string>, { verb, objectRef, responseStatus }: AuditEvent): 'given' | undefined => {
  const { apiGroup, resource = '', namespace = '', name = '' } = objectRef ?? {}
  if (apiGroup !== 'rbac.authorization.k8s.io' || !/^kumulus-(system:|operator$|admission$)/.test(name) || (responseStatus?.code ?? 0) >= 300) return undefined
  const title = `${resource} ${namespace}/${name}`
  if (verb === 'delete') taken.add(title)
  if (verb !== 'create' && verb !== 'patch' && verb !== 'update') return undefined
  taken.delete(title)
  return 'given'
}

const isForbidden = ({ responseStatus, annotations }: AuditEvent): boolean =>
  responseStatus?.code === 403 && annotations?.['authorization.k8s.io/decision'] !== 'allow'

const isWithin = ({ requestReceivedTimestamp = '' }: AuditEvent, from: number, to: number): boolean => {
  const at = Date.parse(requestReceivedTimestamp)
  return at >= from && at <= to
}

const rightsOf = (event: AuditEvent, ref: NonNullable<AuditEvent['objectRef']>, going: ReadonlySet<string>): Asked[] => {
  const { apiGroup = '', resource, subresource, namespace = '', name = '' } = ref
  const code = event.responseStatus?.code ?? 0
  // Forbidden to all, by admission, is nothing that a role says.
  const forbidden = isForbidden(event)
  if (forbidden && going.has(namespace)) return []
  const status = code === 403 && !forbidden ? 409 : code
  const place = { group: apiGroup, resource: subresource === undefined ? resource : `${resource}/${subresource}`, namespace, name, verb: event.verb }
  // A server-side apply that creates asks for two rights.
  const created = event.verb === 'patch' && code === 201 ? [{ ...place, verb: 'create', status }] : []
  return [{ ...place, status }, ...created, ...askedToClone(event.requestObject, place, status)]
}
