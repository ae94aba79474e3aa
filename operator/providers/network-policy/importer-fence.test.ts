import test from 'ava'
import { buildImporterFence } from './importer-fence.ts'
import { policyAllows } from './reference-evaluator.ts'

const fenceWith = (imageSources: string[] = [], platformRanges: string[] = []) =>
  buildImporterFence({ name: 'ami-1', namespace: 'team-a', imageSources, platformRanges }).spec

/** Whether an importer gets through to an address, by rules about addresses alone. */
const reaches = (address: string, port = 443, fence = fenceWith()): boolean => {
  const egress = fence.egress.filter(({ to }) => to?.every(peer => peer.ipBlock !== undefined) === true)
  return policyAllows({ ...fence, egress }, { direction: 'egress', protocol: 'tcp', port, remoteAddress: address, remoteGroups: [] })
}

test('importers reach the public internet and nothing of the platform, whatever they are told', t => {
  for (const address of ['93.184.216.34', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:2800:220:1::1']) t.true(reaches(address), address)
  for (const address of [
    '127.0.0.1', '169.254.169.254', '10.96.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1',
    '::1', 'fe80::1', 'fd00::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '::ffff:10.0.0.1',
  ]) t.false(reaches(address), address)
})

test('a source that the operator allows is let through at its address and port, and no other', t => {
  const fence = fenceWith(['http://127.0.0.1:8080/images/', 'https://[fd00::7]/', 'docker://10.0.0.5/team/'])
  t.true(reaches('127.0.0.1', 8080, fence))
  t.true(reaches('10.0.0.5', 443, fence))
  t.true(reaches('fd00::7', 443, fence))
  for (const [address, port] of [['127.0.0.1', 8081], ['127.0.0.2', 8080], ['fd00::7', 80]] as const) t.false(reaches(address, port, fence), `${address}:${port}`)
  const [service] = fenceWith(['http://minio.storage.svc:9000/']).egress.slice(-1)
  t.deepEqual(service, { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'storage' } } }] })
})

test('public addresses that are the platform\'s own are closed too', t => {
  const fence = fenceWith([], ['93.184.216.0/24', '2606:2800::/32', '10.0.0.0/8'])
  for (const address of ['93.184.216.34', '2606:2800:220:1::1']) t.false(reaches(address, 443, fence), address)
  t.true(reaches('93.184.217.1', 443, fence))
})

test('importers may ask for names, and over UDP alone of just anybody', t => {
  const ask = (protocol: 'tcp' | 'udp') => policyAllows({ egress: fenceWith().egress.slice(0, 1) },
    { direction: 'egress', protocol, port: 53, remoteAddress: '10.96.0.10', remoteGroups: [] })
  t.deepEqual([ask('udp'), ask('tcp')], [true, false])
})
