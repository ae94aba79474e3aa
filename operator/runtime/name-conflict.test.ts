import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { assertOurs } from './name-conflict.ts'

const object = (kind: string, name: string, namespace?: string) =>
  ({ apiVersion: 'v1', kind, metadata: { name, uid: `uid-of-${name}`, resourceVersion: '1', ...namespace === undefined ? {} : { namespace } } })
const owner = object('Snapshot', 'daily', 'a')
const id = idOf(idPrefixes.snapshot, owner.metadata.uid)
const instance = object('Instance', 'web', 'a')
const type = object('InstanceType', 't3.micro')

for (const [title, present, of, words] of [
  ['is made of the ID', object('VolumeSnapshot', `${id}-vol-1`, 'a'), owner, /^VolumeSnapshot a\/snap-.* was not made for this Snapshot: delete it if nobody needs it, or create the Snapshot anew, which gives it another ID$/],
  ['is made of the ID and belongs to no namespace', object('Vpc', idOf(idPrefixes.vpc, owner.metadata.uid)), owner, /: have the platform team delete it if nobody needs it, or create the Snapshot anew/],
  ['is the same', object('VirtualMachine', 'web', 'a'), instance, /: delete it if nobody needs it, or create the Instance under another name$/],
  ['begins with its own', object('Volume', 'web-sda1', 'a'), instance, /, or create the Instance under another name$/],
  ['ends with its own, of the platform', object('VirtualMachineClusterInstancetype', 'kumulus.t3.micro'), type, /: delete it if nobody needs it, or create the InstanceType under another name$/],
  ['says nothing of it', object('NetworkPolicy', 'webserver', 'a'), instance, /: delete it if nobody needs it$/],
] as const) {
  test(`the way out of a conflict goes by where the name comes from: it ${title}`, t => {
    const error = t.throws(() => assertOurs(present, 'uid-of-another', of), { name: 'NameConflictError' })
    t.regex(error.message, words)
    t.notThrows(() => assertOurs(present, of.metadata.uid, of))
  })
}
