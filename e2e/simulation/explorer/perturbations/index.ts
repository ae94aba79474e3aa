import type { Interposer } from '../interposer.ts'
import type { Perturbation } from '../plan.ts'
import { answer } from './answer.ts'
import { compact } from './compact.ts'
import { crash } from './crash.ts'
import { cut } from './cut.ts'
import { drop } from './drop.ts'
import { foreign } from './foreign.ts'
import { freeze } from './freeze.ts'
import { jump } from './jump.ts'
import { pause } from './pause.ts'
import { recreate } from './recreate.ts'
import { rewind } from './rewind.ts'

/**
 * What stands between operator and API server for one perturbation. Make it once a run. Of several the first is to be the outermost: a write that it
 * keeps back is none that the next one counts.
 */
export const interposerOf = (perturbation: Perturbation): Interposer => {
  switch (perturbation.kind) {
    case 'crash': return crash(perturbation)
    case 'freeze': return freeze(perturbation)
    case 'rewind': return rewind(perturbation)
    case 'drop': return drop(perturbation)
    case 'recreate': return recreate(perturbation)
    case 'answer': return answer(perturbation)
    case 'cut': return cut(perturbation)
    case 'compact': return compact(perturbation)
    case 'jump': return jump(perturbation)
    case 'pause': return pause(perturbation)
    case 'foreign': return foreign(perturbation)
    // The order in which a scenario's user acts is the scenario's business.
    case 'shuffle': return () => (transport) => transport
  }
}
