/** A built world on a real OVN: launcher pods become hosts, and one host plays the internet. */
import type { KubeObject } from '../../crds/kubernetes.ts'
import { networkObjects, type NetworkObjects } from '../../sandbox/network/kube-ovn/objects.ts'
import { networkRows, podHosts } from '../../sandbox/network/kube-ovn/rows.ts'
import type { Host, Lab, Probe as LabProbe, ProbeResult } from '../../sandbox/network/ovn/lab.ts'
import { resources } from '../../sandbox/stand-ins/resources.ts'
import type { World } from '../simulation/world.ts'
import type { Answer, Question } from './matrix.ts'
import type { World as Model } from './model/world.ts'
import { external, internetHost } from './worlds/render.ts'

export const internet = 'internet'

/** Behind the gateway of the external network, whose address it has too. */
export const internetSide: Host = {
  name: internet,
  interfaces: [{ mac: '02:00:00:00:ff:01', addresses: [`${external.gateway}/24`, `${internetHost}/32`] }],
}

/** Everything that Kube-OVN makes a network of, as it is stored now. */
export const objectsOf = async (world: World): Promise<NetworkObjects> => {
  const kinds = [
    'namespaces', 'pods', 'networkPolicies', 'vpcs', 'subnets', 'securityGroups', 'ovnEips', 'ovnFips', 'ovnSnatRules',
  ] as const satisfies (keyof NetworkObjects)[]
  const lists = await Promise.all(kinds.map(async kind => [kind, await world.list(resources[kind])] as const))
  return networkObjects(Object.fromEntries(lists) as unknown as Record<keyof NetworkObjects, KubeObject[]>)
}

/** Makes the lab the network of these objects and no other. `present` are the hosts that are there, the answer those that are there then. */
export const show = async (lab: Lab, objects: NetworkObjects, present: readonly string[]): Promise<string[]> => {
  await lab.removeHosts(present)
  await lab.apply(networkRows(objects))
  const hosts = [...podHosts(objects), internetSide]
  await lab.addHosts(hosts)
  return hosts.map(({ name }) => name)
}

/** What must arrive is tried several times: on a busy machine late is not lost. */
const patience = { timeout: 300, attempts: 4 }
const impatience = { timeout: 300, attempts: 1 }

/** Asks all questions at once. Where EC2 says that nobody answers, somebody who has the address listens all the same. */
export const askPackets = async (lab: Pick<Lab, 'probe'>, model: Model, questions: readonly Question[]): Promise<Answer[]> => {
  const holderOf = (address: string) => model.interfaces.find(each => each.privateAddress === address || each.publicAddress === address)?.id
  const results = await lab.probe(questions.map(({ from, to, protocol, port, expected }): LabProbe => {
    const receiver = expected.receiver ?? (to === internetHost ? to : holderOf(to))
    const at = receiver === internetHost ? internet : receiver
    return {
      from: 'interface' in from ? from.interface : internet, to, protocol, port,
      ...at === undefined ? {} : { at },
      ...'internet' in from ? { source: from.internet } : {},
      ...expected.arrives ? patience : impatience,
    }
  }))
  return results.map((result, index) => answerOf(result, questions[index] as Question))
}

/** Whoever refuses has been reached and has been heard. Only of UDP is it sure to be seen that a request arrived alone. */
const answerOf = ({ outcome, arrived }: ProbeResult, { protocol }: Question): Answer => {
  const passes = outcome === 'passed' || outcome === 'refused'
  const seen = arrived === null ? {} : { receiver: arrived.host === internet ? internetHost : arrived.host, seenAs: arrived.source }
  return { passes, reason: outcome, ...protocol === 'udp' ? { arrives: arrived !== null } : {}, ...seen }
}
