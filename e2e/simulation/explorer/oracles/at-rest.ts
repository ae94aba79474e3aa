import type { Oracle } from './oracle.ts'

/** Once everything has come to rest, the operator writes nothing for an hour. */
export const atRest: Oracle = ({ writes, rest }) =>
  writes.slice(rest.writes).map(({ method, path, time }) => `${method} ${path} was written ${Math.round((time - rest.time) / 1000)} s after everything had come to rest`)

/** The user got what they waited for. */
export const notStuck: Oracle = ({ stuck }) => (stuck === undefined ? [] : [stuck])
