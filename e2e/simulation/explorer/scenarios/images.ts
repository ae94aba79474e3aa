import type { Scenario } from '../scenario.ts'
import { anInstance } from './manifests.ts'

/** It is stopped for its image and comes back, once, and the image is whole or not there. */
const ofInstance: Scenario = {
  name: 'image-of-an-instance',
  base: 'launched',
  play: async (user) => {
    await user.apply({ kind: 'Image', name: 'golden', spec: { source: { instanceRef: { name: 'web' } } } })
    await user.inState('Image', 'golden', 'available')
    await user.inState('Instance', 'web', 'running')
    await user.apply(anInstance('web', { state: 'Stopped' }))
    await user.inState('Instance', 'web', 'stopped')
    await user.remove({ kind: 'Image', name: 'golden' })
    await user.gone('Image', 'golden')
  },
}

/** Images that are made of what there is. */
export const imageScenarios: readonly Scenario[] = [ofInstance]
