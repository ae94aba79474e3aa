/**
 * Orders two resourceVersions of one API server. They are decimal numbers without leading zeros that may exceed 2^53, and since
 * Kubernetes 1.35 comparing them is part of the API's contract. Negative when `a` is older.
 */
export const compareResourceVersions = (a: string, b: string): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length
