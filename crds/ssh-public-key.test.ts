import { generateKeyPairSync } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { formatPublicKey, importedFingerprint, parsePublicKey, wireInteger, wireString } from './ssh-public-key.ts'

const number = (jwk: unknown, name: string): Buffer => Buffer.from((jwk as Record<string, string>)[name] ?? '', 'base64url')

const rsaLine = (bits: number): string => {
  const jwk = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' })
  return formatPublicKey('ssh-rsa', Buffer.concat([wireString('ssh-rsa'), wireInteger(number(jwk, 'e')), wireInteger(number(jwk, 'n'))]), 'me@host')
}

const ecdsaLine = (name: string, crv: string): string => {
  const jwk = generateKeyPairSync('ec', { namedCurve: crv }).publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), number(jwk, 'x'), number(jwk, 'y')])
  return formatPublicKey(`ecdsa-sha2-${name}`, wireString(`ecdsa-sha2-${name}`, name, point), 'me@host')
}

// Made with ssh-keygen; the fingerprints expected below are its own and openssl's.
const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII7v8TJVaEenubHSl24wRmLma07xKesdHrYlEGhg2zdm test'
const ed25519Blob = Buffer.from(ed25519.split(' ')[1] ?? '', 'base64')

for (const [type, line] of [
  ['ssh-ed25519', ed25519],
  ['ssh-rsa', rsaLine(2048)],
  ['ecdsa-sha2-nistp256', ecdsaLine('nistp256', 'P-256')],
  ['ecdsa-sha2-nistp384', ecdsaLine('nistp384', 'P-384')],
  ['ecdsa-sha2-nistp521', ecdsaLine('nistp521', 'P-521')],
] as const) {
  test(`a key of type ${type} is taken, with or without a comment, and its comment goes nowhere`, t => {
    for (const given of [line, `  ${line}\n`, line.split(' ').slice(0, 2).join(' '), `${line}; rm -rf /`]) {
      const parsed = parsePublicKey(given)
      if (parsed.kind === 'refused') return t.fail(parsed.message)
      t.is(parsed.type, type)
      t.is(formatPublicKey(parsed.type, parsed.blob, 'ops'), `${line.split(' ').slice(0, 2).join(' ')} ops`)
    }
  })
}

for (const [title, line, expected] of [
  ['DSA', `ssh-dss ${wireString('ssh-dss', 'x').toString('base64')}`, /DSA/],
  ['a short RSA key', rsaLine(1024), /1024 bits/],
  ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA', /no type of key that is taken/],
  ['options that would run a command', `command="rm -rf /" ${ed25519}`, /no type of key/],
  ['half a key', ed25519.slice(0, 60), /not a whole key/],
  ['a type that the key isn\'t of', ed25519.replace('ssh-ed25519', 'ssh-rsa'), /not a whole key/],
  ['a point off the curve', `ecdsa-sha2-nistp256 ${wireString('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4)).toString('base64')}`, /numbers that are no key/],
  ['an even modulus', `ssh-rsa ${wireString('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(257, 2).fill(0, 0, 1)).toString('base64')}`, /numbers that are no key/],
  ['something behind the key', `ssh-ed25519 ${Buffer.concat([ed25519Blob, Buffer.alloc(4)]).toString('base64')}`, /numbers that are no key/],
  ['two keys', `${ed25519}\n${ed25519}`, /several lines/],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----', /treat it as known to others/],
  ['nothing', '', /no type of key/],
] as const) {
  test(`${title} is refused with the way out`, t => {
    const parsed = parsePublicKey(line)
    t.regex(parsed.kind === 'refused' ? parsed.message : 'taken', expected)
  })
}

test('whatever text is given, it is a key or refused, and never an error', t => {
  const damaged = fc.tuple(fc.nat({ max: ed25519Blob.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
    const blob = Buffer.from(ed25519Blob)
    blob[at] = (blob[at] ?? 0) ^ by
    return `ssh-ed25519 ${blob.toString('base64')}`
  })
  const shaped = fc.tuple(fc.constantFrom('ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-dss'), fc.uint8Array({ maxLength: 80 }))
    .map(([type, bytes]) => `${type} ${wireString(type, Buffer.from(bytes)).toString('base64')}`)
  fc.assert(fc.property(fc.oneof(fc.string(), damaged, shaped), text => ['key', 'refused'].includes(parsePublicKey(text).kind)))
  t.pass()
})

const rsa = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDDjkVtaNk5oAQOapXGElCkMYmE6YpV78YO9izXaMKGdVV9n12b4Guqcw9XPW0B6hDyMK0/qGaOVXbzpz/j' +
  '+LBkDEGEkyZlEhNVJAWigBXOBbRmY1udHX3Lb0hLRvUHTX+lGnKTZps2BY7D0hT38wqQBu3bKOTO8LuYe/9e79RmGUOuCbHnlU+Jzj0bMfncljSdNvC0oliT' +
  'fnuRGugG8B3xCxTzZewCGJeExWld1tVLuuhZPCpvx6WVg/Hy3SbPSZoX/MzN0oML4KA8NqM8IDW3T8doD/HP5x5oxfRop8CBS//KX2dUBRH67awhYTrNgm34' +
  'qJWrn3ph0N9Ep4YhMUOR test'

test('fingerprints of imported keys are EC2\'s: MD5 of the public key in DER for RSA, SHA-256 of the key as SSH sends it for others', t => {
  const [ofRSA, ofEd25519] = [rsa, ed25519].map(line => {
    const parsed = parsePublicKey(line)
    return parsed.kind === 'refused' ? parsed.message : importedFingerprint(parsed)
  })
  t.is(ofRSA, 'cd:bd:b3:4f:48:ea:8b:13:1a:2c:f9:8c:27:ca:55:af')
  t.is(ofEd25519, 'Y+iPI5gwgoORBlo9+hvK23L45c3xybXfGQJvgMc21mI=')
})
