import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { dataVolumeResource } from '../../../operator/providers/cdi/resources.ts'
import { networkPolicyResource } from '../../../operator/providers/network-policy/resources.ts'
import type { FetchHead } from '../../../sandbox/disks/simulated.ts'
import { attackTable } from './attack.ts'
import { messageOf, startAttackCloud } from './attack-cloud.ts'

/** Addresses that a name means, one look after the other; the last stays. Answers of a URL: a redirect, or an image. */
type Internet = { names: Record<string, string[]>; redirects: Record<string, string> }

/** Whoever is connected to, in order. */
type Visit = { url: string; address: string }

/** A network without wires: names change, pages redirect, and an importer asks before each connection, as the real one does. */
const createInternet = (internet: Internet): { fetchHead: FetchHead; lookUp: (host: string) => string; visits: Visit[] } => {
  const visits: Visit[] = []
  const looks = new Map<string, number>()
  const lookUp = (host: string): string => {
    const known = internet.names[host]
    const look = looks.get(host) ?? 0
    looks.set(host, look + 1)
    return known === undefined ? host.replace(/^\[(.*)\]$/, '$1') : known[Math.min(look, known.length - 1)] ?? ''
  }
  const fetchHead: FetchHead = async ({ url, ...source }, signal) => {
    const { hostname, port, protocol } = new URL(url)
    const address = lookUp(hostname)
    if (source.mayConnect?.({ address, port: Number(port) || (protocol === 'https:' ? 443 : 80) }) === false) throw new Error(`dial tcp ${address}: i/o timeout`)
    visits.push({ url, address })
    const next = internet.redirects[url]
    return next === undefined ? { sizeBytes: 2 ** 20 } : fetchHead({ ...source, url: next }, signal)
  }
  return { fetchHead, lookUp, visits }
}

const { fetchHead, lookUp, visits } = createInternet({
  names: {
    'images.example.com': ['93.184.216.34'],
    // Public when somebody looks first, inside when it is connected to.
    'rebinding.example.com': ['93.184.216.34', '169.254.169.254'],
    'inner.example.com': ['10.96.0.1'],
    'nat64.example.com': ['64:ff9b::a9fe:a9fe'],
    'mapped.example.com': ['::ffff:169.254.169.254'],
    'sixtofour.example.com': ['2002:a9fe:a9fe::1'],
    'private6.example.com': ['fd00::1'],
  },
  redirects: {
    'http://images.example.com/latest': 'http://images.example.com/disk.img',
    'http://images.example.com/metadata': 'http://169.254.169.254/latest/meta-data/iam',
    'http://images.example.com/decimal': 'http://2852039166/latest',
    'http://images.example.com/loopback': 'http://127.0.0.1:6443/api',
    'http://images.example.com/allowed-host': 'http://127.0.0.1:18081/other-port',
    'http://images.example.com/hops': 'http://images.example.com/hop-2',
    'http://images.example.com/hop-2': 'http://inner.example.com/secrets',
    'http://images.example.com/rebound': 'http://rebinding.example.com/disk.img',
  },
})

const isInside = ({ url, address }: Visit): boolean => address !== '93.184.216.34' && !url.startsWith('http://127.0.0.1:18080/')

const blocked = (path: string, how: string) => ({
  threat: 7, kind: 'Image', title: `An image ${how} is fetched from nowhere inside the platform`,
  act: async ({ t, cloud, mallory, tidy }: Parameters<Parameters<typeof attackTable>[0][number]['act']>[0]) => {
    const name = `inside-${path.replace(/[^a-z0-9]+/g, '-')}`
    const url = path.includes('://') ? path : `http://images.example.com/${path}`
    // Somebody has looked before, and found nothing wrong.
    lookUp(new URL(url).hostname)
    await mallory.apply('Image', name, { source: url.startsWith('docker://') ? { registry: { url } } : { http: { url } }, minSize: '64Mi' })
    await cloud.become('Image', 'mallory', name, 'ImportFailed')
    await cloud.settle()
    t.deepEqual(visits.filter(isInside), [])
    t.is((await cloud.see('Image', 'mallory', name))?.status?.['state'], 'failed')
    await tidy('Image', name)
  },
})

attackTable([
  blocked('http://rebinding.example.com/disk.img', 'whose name means another address by the time that it is connected to'),
  blocked('http://inner.example.com/disk.img', 'whose name means a private address'),
  blocked('docker://inner.example.com/team/disk', 'of a registry whose name means a private address'),
  blocked('docker://rebinding.example.com/team/disk', 'of a registry whose name means another address by the time that it is connected to'),
  {
    threat: 9, kind: 'Image', title: 'An image of a bucket is fetched with no key of another account',
    act: async ({ t, cloud, mallory, tidy }) => {
      const before = visits.length
      const s3 = { url: 'http://images.example.com/bucket/disk.img', secretRef: { name: 'vault' } }
      await mallory.apply('Image', 'bucket', { source: { s3 }, minSize: '64Mi' })
      await cloud.become('Image', 'mallory', 'bucket', 'ImportFailed')
      t.regex(messageOf(await cloud.see('Image', 'mallory', 'bucket')) ?? '', /secret "vault" not found; create the Secret/)
      t.is(visits.length, before)
      await tidy('Image', 'bucket')
    },
  },
  blocked('http://nat64.example.com/disk.img', 'whose name means an address translated by NAT64'),
  blocked('http://mapped.example.com/disk.img', 'whose name means an IPv4 address mapped to IPv6'),
  blocked('http://sixtofour.example.com/disk.img', 'whose name means a tunnelled address'),
  blocked('http://private6.example.com/disk.img', 'whose name means a private IPv6 address'),
  blocked('metadata', 'that redirects to the metadata service'),
  blocked('decimal', 'that redirects to the metadata service in decimal'),
  blocked('loopback', 'that redirects to loopback'),
  blocked('allowed-host', 'that redirects to another port of a source that the operator allows'),
  blocked('hops', 'that redirects and redirects again'),
  ...['http://169.254.169.254/x', 'http://2852039166/x', 'http://0177.1/x', 'http://127.1/x', 'http://0x7f.1/x', 'http://[::ffff:10.0.0.1]/x', 'http://10.96.0.1./x',
    'http://kubernetes.default.svc/x', 'http://metadata.google.internal/x', 'http://LocalHost./x', 'http://user@93.184.216.34/x', 'http://127.0.0.1:18081/x',
    'http://100.64.0.1/x', 'http://[64:ff9b::7f00:1]/x', 'http://[2002:7f00:1::]/x', 'http://１２７.0.0.1/x',
  ].map((url, index) => ({
    threat: 7, kind: 'Image', title: `An image from ${url} is refused with the way out`,
    act: async ({ t, refused }: Parameters<Parameters<typeof attackTable>[0][number]['act']>[0]) => {
      await refused('Image', `literal-${index}`, { source: { http: { url } }, minSize: '64Mi' },
        /use a public address|use secretRef|write it in its encoded form|must be a whole http or https URL/, dataVolumeResource)
      t.deepEqual(visits.filter(isInside), [])
    },
  })),
], { fetchHead })

test('an image of the public internet and one of an allowed source are imported, each with its fence there before', async (t) => {
  const writes: string[] = []
  const cloud = await startAttackCloud({ webhook: 'up', fetchHead, wrap: (transport) => ({
    ...transport,
    request: (request) => {
      if (request.method === 'PATCH' && /datavolumes|networkpolicies/.test(request.path)) writes.push(request.path.split('/').slice(-2).join('/'))
      return transport.request(request)
    },
  }) })
  for (const [name, url] of [['open', 'http://images.example.com/latest'], ['allowed', 'http://127.0.0.1:18080/x.img']] as const) {
    await cloud.mallory.apply('Image', name, { source: { http: { url } }, minSize: '64Mi' })
    await cloud.become('Image', 'mallory', name, 'Available')
    const id = idOf(idPrefixes.image, (await cloud.see('Image', 'mallory', name))?.metadata.uid ?? '')
    t.deepEqual(writes.splice(0), [`networkpolicies/${id}`, `datavolumes/${id}`])
    await cloud.mallory.remove('Image', name)
    await cloud.until(async () => await cloud.see('Image', 'mallory', name) === undefined)
    t.is(await cloud.see(networkPolicyResource, 'mallory', id), undefined)
  }
  await cloud.stop()
})
