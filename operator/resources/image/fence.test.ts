import test from 'ava'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { imageURLProblem } from '../../../webhooks/verdicts/image-url.ts'
import { buildImporterFence } from '../../providers/network-policy/importer-fence.ts'
import { policyAllows } from '../../providers/network-policy/reference-evaluator.ts'

const { egress } = buildImporterFence({ name: 'ami-1', namespace: 'team-a', imageSources: [], platformRanges: [] }).spec

test('what a URL may say by address and what its importer may connect to are the same', t => {
  const part = fc.nat({ max: 255 })
  const v4 = fc.tuple(fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 8, 93), part, part, part).map(parts => parts.join('.'))
  const groups = [[0, 0x64, 0x100, 0x2001, 0x2002, 0x2606, 0x2620, 0x3fff, 0xfc00, 0xfe80, 0xff02], [0, 1, 0xdb8, 0x4f, 0xff9b], [0, 0x8000, 0xffff]]
  const v6 = fc.tuple(...groups.map(values => fc.constantFrom(...values)), fc.nat({ max: 0xffff }))
    .map(parts => ipaddr.parse(parts.map((each, index) => `${index === 3 ? ':' : ''}${each.toString(16)}`).join(':')).toString())
  fc.assert(fc.property(fc.oneof(v4, v6), remoteAddress => {
    const url = `http://${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}/x`
    const byAddress = egress.filter(({ to }) => to?.every(peer => 'ipBlock' in peer) === true)
    const reached = policyAllows({ egress: byAddress }, { direction: 'egress', protocol: 'tcp', port: 80, remoteAddress, remoteGroups: [] })
    return (imageURLProblem(url, ['http'], []) === undefined) === reached
  }), { numRuns: 3000 })
  t.pass()
})
