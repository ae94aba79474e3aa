/**
 * How packed values begin. A value is one byte that says what it is, and what belongs to it; a list or an object is followed by its members, so
 * that a text of values can be read through from front to back without knowing what they mean.
 */
export const UNDEFINED = 0
export const NULL = 1
export const FALSE = 2
export const TRUE = 3
/** Eight bytes, IEEE 754. */
export const DOUBLE = 4
/** A varint: a whole number, not negative. */
export const INTEGER = 5
/** Length as a varint, then a byte a character. */
export const LATIN1 = 6
/** Length in bytes as a varint, then UTF-16. */
export const UTF16 = 7
/** Sixteen bytes: a UUID in lower case. */
export const UUID = 8
/** Four bytes, seconds since the epoch: RFC 3339 in whole seconds of UTC. */
export const TIME = 9
/** A varint: the text is a decimal number without leading zeros. */
export const DECIMAL = 10
/** A varint: where in this record the same text stands. */
export const BACK = 11
/** Count as a varint, then the items. */
export const ARRAY = 12
/** A list of the keys, then as many values. */
export const OBJECT = 13
/** Four bytes: an IPv4 address. */
export const IPV4 = 14
/** Length as a varint, then six bits a character of `sixBits`. */
export const SIX_BITS = 15
/** A varint: the number of a shared value, less those that the shorter forms reach. */
export const SHARED_FAR = 16
/** 0 to 7 in the byte itself. */
export const SMALL = 24
/** The first 96 shared values in the byte itself. */
export const SHARED = 32
/** The next 32,768: seven bits here, and the byte after it. */
export const SHARED_NEAR = 128

export const SHARED_COUNT = 96
export const SHARED_NEAR_COUNT = 32_768

/** The characters of names, IDs and digests (base64url), which four of fit into three bytes. */
export const sixBits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
