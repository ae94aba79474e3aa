/**
 * Where the way back is not the way that one came, by contract and not by mistake. Each entry is looked at as strictly as all else: where what it
 * says does not happen, that is a failure.
 */
export type Contract = {
  /** Of the transition, as in `Volume:update:spec.size:…`. */
  id: RegExp
  /** Why it is right so. */
  why: string
  back: WayBack
}

export type WayBack =
  /** The change back is refused, with these words. */
  | { refused: RegExp }
  /** The deletion is refused, with these words, until the object is changed back. */
  | { protected: RegExp }
  /** The deletion waits, and a condition says so in these words, until the object is changed back, but for a field that has to be taken off. */
  | { held: RegExp; without?: string }
  /** After the deletion objects of this kind are left, which are deleted by their names. */
  | { leaves: string }

const contracts: readonly Contract[] = [
  {
    id: /^Volume:update:spec\.size:"64Ti"$/,
    why: 'A volume grows and never shrinks: there may be bytes at its end.',
    back: { refused: /spec\.size: .*size can only grow: to make it smaller, create a new Volume and copy the data/ },
  },
  {
    id: /^Instance:create:spec\.disableAPITermination:true$/,
    why: 'Termination protection is there to refuse this very deletion.',
    back: { protected: /set spec\.disableAPITermination to false, then delete/ },
  },
  {
    id: /^Instance:create:spec\.blockDevices\[\d\]\.deleteOnTermination:false$/,
    why: 'A disk that is not deleted on termination stays as a Volume of its own.',
    back: { leaves: 'Volume' },
  },
  {
    id: /^NetworkInterface:create:spec\.attachment\.instanceRef\.name:refers to second$/,
    why: 'As in EC2, an interface is not deleted under the instance that has it: it is detached first.',
    back: { held: /can't be deleted while attached to Instance \\?"second\\?": take spec\.attachment off/, without: 'attachment' },
  },
  {
    id: /^(RouteTable|NetworkACL):create:spec\.subnetRefs\[\d\]\.name:refers to second$/,
    why: 'As in EC2, what subnets follow is not taken away from under them: what they would follow then may lead anywhere.',
    back: { held: /can't be deleted while in use by Subnet \\?"second\\?"/ },
  },
]

export const contractOf = (id: string): Contract | undefined => contracts.find((each) => each.id.test(id))
