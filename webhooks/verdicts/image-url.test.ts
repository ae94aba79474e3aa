import test from 'ava'
import fc from 'fast-check'
import { imageURLProblem } from './image-url.ts'
import { imageVerdict } from './image.ts'
import { aView, anImage } from './samples.ts'

const problem = (url: string, allowed: string[] = []) => imageURLProblem(url, ['http', 'https'], allowed)

for (const url of [
  'https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-generic-amd64.qcow2', 'http://images.example.com:8080/x?y=z', 'https://93.184.216.34/x',
  'https://[2606:2800:220:1::1]/x', 'https://xn--bcher-kva.example/disk.img',
]) test(`An image may come from ${url}`, t => t.is(problem(url), undefined))

const refused: [string, RegExp][] = [
  ['http://127.0.0.1/x', /127\.0\.0\.1 is a loopback address/],
  ['http://127.1/x', /127\.0\.0\.1 is a loopback address/],
  ['http://2130706433/x', /loopback/],
  ['http://0x7f000001/x', /loopback/],
  ['http://0177.0.0.1/x', /loopback/],
  ['http://127.0.0.1.:80/x', /loopback/],
  ['http://0.0.0.0/x', /unspecified/],
  ['http://169.254.169.254/latest/meta-data', /169\.254\.169\.254 is a link-local address/],
  ['http://2852039166/latest', /link-local/],
  ['http://10.96.0.1/x', /private/],
  ['http://192.168.1.1/x', /private/],
  ['http://172.16.0.1/x', /private/],
  ['http://100.64.0.1/x', /carrier-grade NAT/],
  ['http://224.0.0.1/x', /multicast/],
  ['http://[::1]/x', /loopback/],
  ['http://[::]/x', /unspecified/],
  ['http://[fe80::1]/x', /link-local/],
  ['http://[fd00::1]/x', /private/],
  ['http://[::ffff:127.0.0.1]/x', /IPv4-mapped/],
  ['http://[::ffff:a9fe:a9fe]/x', /IPv4-mapped/],
  ['http://[64:ff9b::7f00:1]/x', /translated/],
  ['http://[2002:7f00:1::]/x', /tunnelled/],
  ['http://[::127.0.0.1]/x', /not a global address/],
  ['http://localhost/x', /no domain/],
  ['http://LOCALHOST./x', /no domain/],
  ['http://foo.localhost/x', /inside the platform/],
  ['http://registry/x', /no domain/],
  ['http://minio.minio.svc/x', /inside the platform/],
  ['http://minio.minio.svc.cluster.local./x', /inside the platform/],
  ['http://kubernetes.default/x', /inside the platform/],
  ['http://metadata.google.internal/x', /inside the platform/],
  ['ftp://example.com/x', /must begin with http:\/\/ or https:\/\//],
  ['file:///etc/passwd', /not a whole URL|must begin/],
  ['http:/example.com', /not a whole URL/],
  ['/disk.img', /not a whole URL/],
  ['http://user:password@example.com/x', /holds credentials/],
  ['http://@example.com/x', /holds credentials/],
  ['http://example.com\\@127.0.0.1/x', /backslashes/],
  ['http://exa mple.com/x', /blanks/],
  ['http://example.com/x\n', /blanks/],
  ['http://１２７.0.0.1/x', /beyond ASCII/],
  ['http://%31%32%37.0.0.1/x', /loopback/],
]
for (const [url, expected] of refused) test(`An image may not come from ${JSON.stringify(url)}`, t => t.regex(problem(url) ?? '', expected))

test('Every spelling of an inner IPv4 address is refused', t => {
  const inner = fc.constantFrom<number[]>([127, 0, 0, 1], [10, 1, 2, 3], [169, 254, 169, 254], [192, 168, 0, 7], [172, 20, 0, 1])
  const spelling = fc.constantFrom<(part: number) => string>(part => `${part}`, part => `0${part.toString(8)}`, part => `0x${part.toString(16)}`)
  fc.assert(fc.property(inner, fc.array(spelling, { minLength: 4, maxLength: 4 }), (address, spellings) => {
    const host = address.map((part, index) => spellings[index]?.(part) ?? '').join('.')
    return problem(`http://${host}/x`) !== undefined && problem(`http://${address.reduce((sum, part) => sum * 256 + part, 0)}/x`) !== undefined
  }))
  t.pass()
})

test('An operator\'s prefix opens itself and what is below it, and nothing else', t => {
  const allowed = ['http://127.0.0.1:8080/images']
  t.is(problem('http://127.0.0.1:8080/images/disk.img', allowed), undefined)
  t.is(problem('http://127.0.0.1:8080/images', allowed), undefined)
  for (const url of [
    'http://127.0.0.1:8080/images-of-others/x', 'http://127.0.0.1:8080/images/../secret', 'http://127.0.0.1:8080/images/%2e%2e/secret',
    'http://127.0.0.1:8081/images/x', 'http://127.0.0.1/images/x', 'https://127.0.0.1:8080/images/x', 'http://127.0.0.2:8080/images/x',
    'http://127.0.0.1:8080/images/..%2fsecret',
  ]) t.not(problem(url, allowed), undefined, url)
})

test('A container image names its registry, which is outside the platform', t => {
  const of = (url: string) => imageURLProblem(url, ['docker'], ['docker://10.0.0.5:5000/team/'])
  for (const url of ['docker://quay.io/containerdisks/debian:12', 'docker://docker.io/library/debian', 'docker://10.0.0.5:5000/team/disk:1']) t.is(of(url), undefined, url)
  t.regex(of('docker://containerdisks/debian') ?? '', /names no registry, which for Docker Hub is docker:\/\/docker\.io/)
  for (const url of ['docker://localhost/x', 'docker://10.0.0.5:5000/other/disk', 'docker://10.0.0.5/team/disk', 'docker://registry.kube-system.svc/x', 'docker://0x7f.1/x']) {
    t.not(of(url), undefined, url)
  }
})

test('The verdict on an Image names the field, and leaves imported images alone', t => {
  const image = anImage('debian', { source: { registry: { url: 'docker://10.0.0.1:5000/disk' } } })
  t.is(imageVerdict(image, undefined, aView())[0]?.message,
    'docker://10.0.0.1:5000/disk is refused, for 10.0.0.1 is a private address: use a public address, or have the platform team allow this source')
  t.is(imageVerdict(image, undefined, aView())[0]?.field, 'spec.source.registry.url')
  t.deepEqual(imageVerdict(image, undefined, aView({ allowedImageSources: ['docker://10.0.0.1:5000/'] })), [])
  t.deepEqual(imageVerdict({ ...image, status: { observedGeneration: 1, state: 'available' } }, undefined, aView()), [])
})

test('Public addresses that are the platform\'s own are refused as such', t => {
  const of = (url: string) => imageURLProblem(url, ['http'], [], ['93.184.216.0/24', '2606:2800::/32'])
  for (const url of ['http://93.184.216.34/x', 'http://1572395042/x', 'http://[2606:2800:220:1::1]/x']) t.regex(of(url) ?? '', /an address of the platform: use a public address/)
  t.is(of('http://93.184.217.34/x'), undefined)
})
