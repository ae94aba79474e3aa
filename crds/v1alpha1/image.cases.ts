import type { RuleCases } from '../rule-cases.ts'
import { image } from './image.ts'
import { deviced, fixed, named, sized, tagCases } from './tags.cases.ts'

const http = (url: string) => ({ source: { http: { url } } })
const s3 = (url: string) => ({ source: { s3: { url, secretRef: { name: 'keys' } } } })

export const imageCases: RuleCases = {
  definition: image,
  base: http('https://images.example.com/debian-12.qcow2'),
  cases: [
    { title: 'from a web server' },
    ...tagCases,
    ...named('snapshotRef', name => ({ source: { snapshotRef: { name } } })),
    ...deviced(rootDeviceName => ({ rootDeviceName })),
    { title: 'with a checksum', spec: { source: { http: { url: 'https://a.example/b', checksum: `sha256:${'0a'.repeat(32)}` } } } },
    { title: 'with half a checksum', spec: { source: { http: { url: 'https://a.example/b', checksum: 'sha256:0a' } } }, refused: 'must be sha256: and 64' },
    { title: 'from a registry without docker://', spec: { source: { registry: { url: 'quay.io/containerdisks/debian' } } }, refused: 'must be docker:// and an image' },
    { title: 'shared with a namespace that can\'t be', spec: { launchPermissions: { namespaces: ['a.b'] } }, refused: 'must be the name of a namespace' },
    { title: 'that is refreshed every night', spec: { source: { http: { url: 'https://a.example/b', refresh: '0 4 * * *' } }, retain: { count: 2 } } },
    {
      title: 'that is refreshed and pinned', refused: 'checksum pins one file and refresh takes whatever comes',
      spec: { source: { http: { url: 'https://a.example/b', refresh: '0 4 * * *', checksum: `sha256:${'0a'.repeat(32)}` } } },
    },
    { title: 'that keeps versions of one file', spec: { retain: { count: 2 } }, refused: 'retain is for an image with source.http.refresh' },
    { title: 'that is refreshed and has a long name', name: 'a'.repeat(231), spec: { source: { http: { url: 'https://a.example/b', refresh: '0 4 * * *' } } }, refused: 'use at most 230' },
    { title: 'from a container registry', spec: { source: { registry: { url: 'docker://quay.io/containerdisks/debian:12' } } } },
    { title: 'from an instance', spec: { source: { instanceRef: { name: 'web' } } } },
    { title: 'without a source', spec: { source: {} }, refused: 'spec.source: source needs exactly one of' },
    { title: 'with two sources', spec: { source: { http: { url: 'https://a.example/b' }, snapshotRef: { name: 's' } } }, refused: 'source needs exactly one of' },
    { title: 'from an ftp server', spec: http('ftp://images.example.com/x'), refused: 'source.http.url must be a whole http or https URL' },
    { title: 'from a path', spec: http('/disk.img'), refused: 'source.http.url must be a whole http or https URL' },
    { title: 'from words', spec: http('debian 12'), refused: 'source.http.url must be a whole http or https URL' },
    { title: 'from a bucket', spec: s3('https://s3.eu-west-1.amazonaws.com/bucket/disk.qcow2') },
    { title: 'that is to be deprecated', spec: { deprecationTime: '2027-01-01T00:00:00Z' } },
    { title: 'from a file as a bucket', spec: s3('file:///etc/passwd'), refused: 'source.s3.url must be a whole http or https URL' },
    ...fixed('source', { http: { url: 'https://a.example/1' } }, { http: { url: 'https://a.example/2' } }),
    ...fixed('architecture', 'x86_64', 'arm64'),
    ...fixed('platform', 'Linux', 'Windows'),
    ...fixed('rootDeviceName', '/dev/sda1', '/dev/xvda'),
    ...sized('minSize', '1Mi', '64Ti'),
    { title: 'that is shared', spec: { launchPermissions: { namespaces: ['blue', 'green'] } }, was: {} },
  ],
}
