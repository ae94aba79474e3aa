import type { Manifest, Scenario } from '../scenario.ts'

const anInterface = (attachment?: object): Manifest => ({
  kind: 'NetworkInterface',
  name: 'data',
  spec: { subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], ...attachment === undefined ? {} : { attachment } },
})

/** An interface is plugged into an instance that runs, taken out, and deleted, whose address may then be another's. */
const comesAndGoes: Scenario = {
  name: 'interface-comes-and-goes',
  base: 'launched',
  play: async (user) => {
    await user.apply(anInterface({ instanceRef: { name: 'web' }, deviceIndex: 1 }))
    await user.becomes('NetworkInterface', 'data', 'InUse')
    await user.apply(anInterface())
    await user.becomes('NetworkInterface', 'data', 'Available')
    await user.remove({ kind: 'NetworkInterface', name: 'data' })
    await user.gone('NetworkInterface', 'data')
  },
}

export const interfaceScenarios: readonly Scenario[] = [comesAndGoes]
