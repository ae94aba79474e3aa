import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { notFound } from './waiting-for.ts'

const messageOf = (name: string): string => {
  const outcome = notFound('Volume', name, 'bank')
  return 'message' in outcome ? outcome.message : ''
}

test('Who refers to what is not there yet reads its name, its namespace, and that the order does not matter', t => {
  t.is(messageOf('ledger'), 'waiting for Volume "ledger": there is none of this name in namespace "bank"; create it, before or after, or correct the reference')
})

test('Who refers to something by its ID, as in EC2, is told that references take names', t => {
  for (const prefix of Object.values(idPrefixes)) t.regex(messageOf(idOf(prefix, 'some-uid')), /references take names, not IDs: kubectl get shows both/, prefix)
  for (const name of ['vol-data', 'web-sda1', 'i-1234', `${idOf('vol-', 'some-uid')}-last`]) t.notRegex(messageOf(name), /not IDs/, name)
})
