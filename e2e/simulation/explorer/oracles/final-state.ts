import { differences, normalFormOf } from '../normal-form.ts'
import type { Oracle } from './oracle.ts'

/** What went wrong on the way shows nowhere in what is stored at the end. */
export const sameFinalState: Oracle = (run, reference) => differences(normalFormOf(reference), normalFormOf(run))
