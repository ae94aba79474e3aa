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

/** A family has its first version once, launches take that, and with the family it goes. */
const family: Scenario = {
  name: 'image-family',
  base: 'prepared',
  play: async (user) => {
    await user.apply({ kind: 'Image', name: 'nightly', spec: { source: { http: { url: 'http://127.0.0.1:18080/linux.img', refresh: '0 4 * * *' } }, minSize: '64Mi' } })
    await user.inState('Image', 'nightly', 'available')
    await user.apply(anInstance('web', { imageRef: { name: 'nightly' }, state: 'Stopped' }))
    await user.inState('Instance', 'web', 'stopped')
    await user.remove({ kind: 'Instance', name: 'web' })
    await user.gone('Instance', 'web')
    await user.remove({ kind: 'Image', name: 'nightly' })
    await user.gone('Image', 'nightly')
  },
}

/** Images that are made of what there is, and those that make themselves. */
export const imageScenarios: readonly Scenario[] = [ofInstance, family]
