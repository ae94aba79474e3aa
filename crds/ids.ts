import { hash } from 'node:crypto'
import { memoized } from './memo.ts'

/** Prefixes of EC2's IDs, by what they name. */
export const idPrefixes = {
  instance: 'i-',
  volume: 'vol-',
  snapshot: 'snap-',
  /** As Data Lifecycle Manager names what it takes snapshots by. */
  snapshotSchedule: 'policy-',
  image: 'ami-',
  vpc: 'vpc-',
  subnet: 'subnet-',
  securityGroup: 'sg-',
  securityGroupRule: 'sgr-',
  routeTable: 'rtb-',
  internetGateway: 'igw-',
  natGateway: 'nat-',
  elasticIP: 'eipalloc-',
  networkACL: 'acl-',
  networkInterface: 'eni-',
  networkInterfaceAttachment: 'eni-attach-',
  elasticIPAssociation: 'eipassoc-',
  prefixList: 'pl-',
  vpcPeering: 'pcx-',
  reachabilityAnalysis: 'nia-',
  keyPair: 'key-',
} as const

export type IdPrefix = (typeof idPrefixes)[keyof typeof idPrefixes]

/**
 * The ID of an object, in EC2's shape: the prefix and the first 17 hexadecimal digits of the SHA-256 of its UID. Same object, same ID, always.
 * For a part of an object, for example a rule of a group, give `uid/part`.
 */
export const idOf = <P extends IdPrefix>(prefix: P, uid: string): `${P}${string}` =>
  `${prefix}${digitsOf(uid)}`

/** Whether a name has the shape of an ID, by which EC2 names what an object refers to. */
export const isID = (name: string): boolean => /^[a-z]+(-attach)?-[0-9a-f]{17}$/.test(name)

/**
 * A MAC address that belongs to an object for life: locally administered, unicast (02:…), 40 bits of the SHA-256 of its UID.
 * @param index - of the network interface, for an object with several.
 */
export const macOf = (uid: string, index = 0): string => macOfText(`mac/${index}/${uid}`)

/** An object's ID is named in every pass of it and of what refers to it. */
const digitsOf = memoized(text => hash('sha256', text, 'hex').slice(0, 17))

const macOfText = memoized(text => ['02', ...hash('sha256', text, 'hex').slice(0, 10).match(/../g) ?? []].join(':'))
