import { web } from '../../instance-cloud.ts'
import type { Scenario } from '../scenario.ts'

export const launch: Scenario = {
  name: 'launch',
  base: 'prepared',
  play: async (user) => {
    await user.apply({ kind: 'Instance', name: 'web', spec: web })
    await user.inState('Instance', 'web', 'running')
  },
}
