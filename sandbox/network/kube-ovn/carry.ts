import type { Host, Lab } from '../ovn/lab.ts'
import type { NetworkObjects } from './objects.ts'
import { networkRows, podHosts } from './rows.ts'
import { isExternal, networkOf } from './subnet.ts'
import { macOf } from './vpc.ts'

/** Name of the host that stands for all that is beyond a network of public addresses: at its gateway's address, and at this one. */
export const INTERNET = 'internet'
export const INTERNET_ADDRESS = '198.51.100.1'

/**
 * Makes a lab's network what the objects say, its hosts included: one for each pod, and one for the internet where there is a public network. To be
 * called with all objects whenever any has changed, one call after the other; it finds out itself what is to be done, and done again after an error.
 */
export const carrierOf = (lab: Lab): ((objects: NetworkObjects) => Promise<void>) => {
  const present = new Map<string, string>()
  return async (objects) => {
    const wanted = new Map([...podHosts(objects), ...internetOf(objects)].map((host) => [host.name, host]))
    const gone = [...present].filter(([name, text]) => JSON.stringify(wanted.get(name)) !== text).map(([name]) => name)
    await lab.removeHosts(gone)
    for (const name of gone) present.delete(name)
    // Rules first: a host whose port isn't there yet reaches nobody.
    await lab.apply(networkRows(objects))
    const added = [...wanted.values()].filter(({ name }) => !present.has(name))
    await lab.addHosts(added)
    for (const host of added) present.set(host.name, JSON.stringify(host))
  }
}

const internetOf = ({ subnets }: NetworkObjects): Host[] => {
  const gateways = subnets.filter(isExternal).map(({ spec }) => networkOf(spec.gateway, spec.cidrBlock))
  return gateways.length === 0 ? [] : [{ name: INTERNET, interfaces: [{ mac: macOf(INTERNET), addresses: [...gateways, `${INTERNET_ADDRESS}/32`] }] }]
}
