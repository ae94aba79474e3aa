import type { Clock } from '../../../operator/runtime/clock.ts'
import type { GuestPort } from '../ovn/guests.ts'
import type { Host, Lab } from '../ovn/lab.ts'
import { guestHosts } from './guests.ts'
import type { NetworkObjects } from './objects.ts'
import { networkRows, podHosts } from './rows.ts'
import { isExternal, networkOf } from './subnet.ts'
import { macOf } from './vpc.ts'

/** Name of the host that stands for all that is beyond a network of public addresses: at its gateway's address, and at this one. */
export const INTERNET = 'internet'
export const INTERNET_ADDRESS = '198.51.100.1'

/** How long a machine waits for its port, in milliseconds. */
const PORT_MS = 60_000

export type Carrier = {
  /**
   * Makes a lab's network what the objects say, its hosts included: one for each pod, and one for the internet where there is a public network.
   * To be called with all objects whenever any has changed, one call after the other; it finds out itself what is to be done, and done again after
   * an error.
   * @param realMachines - whether machines have their interfaces themselves, and hosts play only what else there is.
   */
  show: (objects: NetworkObjects, realMachines?: boolean) => Promise<void>
  /** The port of a machine, by the UID of its VirtualMachineInstance, as soon as it is plugged: no machine starts before, as no pod does. */
  portOf: (uid: string) => Promise<GuestPort>
}

/** A host, and the UID of the machine that it is for. */
type Shown = { host: Host; uid?: string }

export const carrierOf = (lab: Lab, clock: Clock): Carrier => {
  /** By name, as they are in the lab. */
  const present = new Map<string, Shown>()
  const waiting = new Set<() => void>()
  const isThere = ([name, shown]: [string, Shown]) => JSON.stringify(present.get(name)) === JSON.stringify(shown)
  const show: Carrier['show'] = async (objects, realMachines = false) => {
    const hosts: Shown[] = [...podHosts(objects), ...internetOf(objects)].map((host) => ({ host }))
    const wanted = new Map([...hosts, ...(realMachines ? guestHosts(objects) : [])].map((each) => [each.host.name, each]))
    const kept = new Set([...wanted].filter(isThere).map(([name]) => name))
    const gone = [...present.keys()].filter((name) => !kept.has(name))
    await lab.removeHosts(gone)
    for (const name of gone) present.delete(name)
    // Rules first: a host whose port isn't there yet reaches nobody.
    await lab.apply(networkRows(objects))
    const added = [...wanted].filter(([name]) => !present.has(name))
    await lab.addHosts(added.map(([, { host }]) => host))
    for (const [name, each] of added) present.set(name, each)
    for (const look of waiting) look()
  }
  const portNow = (uid: string) => [...present].filter(([, shown]) => shown.uid === uid).map(([name]) => lab.guestPort(name))[0]
  return { show, portOf: (uid) => arrivalOf(() => portNow(uid), waiting, clock) }
}

const arrivalOf = (find: () => GuestPort | undefined, waiting: Set<() => void>, clock: Clock): Promise<GuestPort> => {
  const { promise, resolve, reject } = Promise.withResolvers<GuestPort>()
  const look = () => {
    const found = find()
    if (found !== undefined) resolve(found)
  }
  const cancel = clock.after(PORT_MS, () => reject(new Error(`Kube-OVN has not plugged the machine's port within ${PORT_MS / 1000} s`)))
  waiting.add(look)
  look()
  return promise.finally(() => {
    cancel()
    waiting.delete(look)
  })
}

const internetOf = ({ subnets }: NetworkObjects): Host[] => {
  const gateways = subnets.filter(isExternal).map(({ spec }) => networkOf(spec.gateway, spec.cidrBlock))
  return gateways.length === 0 ? [] : [{ name: INTERNET, interfaces: [{ mac: macOf(INTERNET), addresses: [...gateways, `${INTERNET_ADDRESS}/32`] }] }]
}
