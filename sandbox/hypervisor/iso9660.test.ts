import test from 'ava'
import fc from 'fast-check'
import { buildISO9660 } from './iso9660.ts'

/** Reads the files of one descriptor's root directory. */
const readRoot = (image: Buffer, descriptorSector: number, decode: (name: Buffer) => string): Record<string, string> => {
  const root = image.readUInt32LE(descriptorSector * 2048 + 156 + 2) * 2048
  const found: Record<string, string> = {}
  for (let at = root; image[at] !== 0; at += image[at]!) {
    const name = image.subarray(at + 33, at + 33 + image[at + 32]!)
    if (name.length > 1) {
      const start = image.readUInt32LE(at + 2) * 2048
      found[decode(name)] = image.toString('utf8', start, start + image.readUInt32LE(at + 10))
    }
  }
  return found
}

const joliet = (name: Buffer) => Buffer.from(name).swap16().toString('utf16le').replace(/;1$/, '')

test('a seed carries its files under their whole names and its label', (t) => {
  const seed = { 'meta-data': 'instance-id: i-1\n', 'user-data': '#!/bin/sh\necho hi\n', 'network-config': 'version: 2\n' }
  const image = buildISO9660('cidata', seed)
  t.deepEqual(readRoot(image, 17, joliet), seed)
  t.is(image.toString('ascii', 16 * 2048 + 40, 16 * 2048 + 72).trimEnd(), 'cidata')
  t.deepEqual(Object.keys(readRoot(image, 16, (name) => name.toString())).sort(), ['META_DAT.;1', 'NETWORK_.;1', 'USER_DAT.;1'])
})

test('any user data arrives byte by byte, also empty and of many sectors', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 6_000, unit: 'binary' }), fc.string(), (userData, metaData) => {
      const seed = { 'user-data': userData, 'meta-data': metaData }
      const whole = (text: string) => Buffer.from(text).toString()
      t.deepEqual(readRoot(buildISO9660('cidata', seed), 17, joliet), { 'user-data': whole(userData), 'meta-data': whole(metaData) })
    }),
    { numRuns: 10 },
  )
})

test('the same seed gives the same bytes', (t) => {
  t.true(buildISO9660('cidata', { 'user-data': 'x' }).equals(buildISO9660('cidata', { 'user-data': 'x' })))
})
