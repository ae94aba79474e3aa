import { createHash } from 'node:crypto'
import { idOf, idPrefixes, macOf } from '../../crds/ids.ts'
import type { SecurityGroup } from '../../crds/v1alpha1/security-group.ts'
import { firmwareUUID } from '../../operator/providers/kubevirt/firmware.ts'
import { obstacleTo } from '../../operator/providers/network-policy/security-group.ts'
import { firstInterfaceID } from '../../operator/resources/instance/interface-status.ts'
import { hostNameOf } from '../../operator/resources/instance/machine.ts'
import { userDataMark } from '../../operator/resources/instance/store.ts'
import { resolveRules } from '../../operator/resources/security-group/rules.ts'
import { openEgress } from '../../operator/resources/security-group/status.ts'
import type { AnyObject } from '../../sandbox/apiserver/resource.ts'

export type Placed = readonly [bucket: string, key: string, object: AnyObject]

/** A UID that belongs to a seed's text for good. */
export const uuidOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

/** Whatever is derived from the UIDs of these objects, in an order that is the same for every set of UIDs. */
export const textsOfUIDs = (objects: readonly Placed[], uids: readonly string[]): string[] =>
  objects.flatMap(([bucket, , object], index) => {
    const uid = uids[index] as string
    const digits = idOf(idPrefixes.instance, uid).slice(idPrefixes.instance.length)
    return [uid, digits, ...(derived.get(bucket)?.(uid, object) ?? [])]
  })

/** What is derived from an address. */
export const textsOfAddress = (address: string): string[] => [address, hostNameOf(address)]

export const uidOf = ({ metadata }: AnyObject): string => String(metadata['uid'])

const textsOfInstance = (uid: string, object: AnyObject): string[] =>
  [macOf(uid), firmwareUUID(uid), firstInterfaceID(uid), userDataMark(uid, object['spec'] as Parameters<typeof userDataMark>[1])]

/** A security group's rules have IDs of their own. */
const textsOfGroup = (uid: string, object: AnyObject): string[] => {
  const group = { ...object, metadata: { ...object.metadata, uid } } as unknown as SecurityGroup
  const nowhere = { group: () => undefined, prefixList: () => undefined, arePeered: () => false, isLate: () => false }
  return [...resolveRules(group, nowhere, obstacleTo), ...openEgress(group)].map(({ ruleID }) => ruleID)
}

const derived = new Map([['kumulus.dev/instances', textsOfInstance], ['kumulus.dev/securitygroups', textsOfGroup]])
