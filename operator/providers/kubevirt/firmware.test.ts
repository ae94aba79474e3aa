import test from 'ava'
import fc from 'fast-check'
import { firmwareUUID } from './firmware.ts'

test('a firmware UUID is a UUID that begins with ec2, the same for the same object and no other', t => {
  fc.assert(fc.property(fc.uuid(), fc.uuid(), (a, b) =>
    /^ec2[0-9a-f]{5}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(firmwareUUID(a)) &&
    firmwareUUID(a) === firmwareUUID(a) && (a === b || firmwareUUID(a) !== firmwareUUID(b))))
  t.pass()
})
