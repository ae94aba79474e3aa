import type { KubeObject } from '../../crds/kubernetes.ts'
import { ownerUIDOf } from '../providers/made.ts'

/** An object is new, is gone (both are the same then), or has taken the place of a namesake. */
export const comesOrGoes = (object: KubeObject, previous: KubeObject | undefined): boolean =>
  previous === undefined || previous === object || previous.metadata.uid !== object.metadata.uid

/** More than the status of an object of ours has changed: its spec, whose it is, or that it is wanted at all. */
export const isRedefined = (object: KubeObject, previous: KubeObject | undefined): boolean =>
  previous === undefined || comesOrGoes(object, previous) ||
  previous.metadata.generation !== object.metadata.generation || previous.metadata.deletionTimestamp !== object.metadata.deletionTimestamp ||
  ownerUIDOf(previous) !== ownerUIDOf(object)

/** For who only counts the instances that come and go: a thousand launches in a row are one write a second of what they share. */
export const counted = { after: 1000 }
