import test from 'ava'
import { operatorSettingsOf, parseOperatorFlags, settingsOf } from './settings-flags.ts'

const parse = (args: string[], environment: Record<string, string> = {}) => parseOperatorFlags(args, environment)

test('flags win over the environment, and the environment over the defaults', (t) => {
  t.is(parse([])['default-volume-type'], 'gp3')
  t.is(parse([], { KUMULUS_DEFAULT_VOLUME_TYPE: 'gp2' })['default-volume-type'], 'gp2')
  t.is(parse(['--default-volume-type', 'io1'], { KUMULUS_DEFAULT_VOLUME_TYPE: 'gp2' })['default-volume-type'], 'io1')
  t.deepEqual(parse([], { KUMULUS_NAMESPACES: 'a, b' }).namespaces, ['a', 'b'])
  t.false(parse(['--no-leader-elect'])['leader-elect'])
  t.false(parse([], { KUMULUS_LEADER_ELECT: 'false' })['leader-elect'])
})

test('every mistake is told with the flag and what it takes', (t) => {
  const mistakes: [string[], RegExp][] = [
    [['--imagesources', 'x'], /Unknown option '--imagesources'/],
    [['--image-sources', 'ftp://x/'], /--image-sources ftp:\/\/x\/: write a URL prefix/],
    [['--image-sources', 'http://127.0.0.1:80'], /end it with a slash/],
    [['--security-group-driver', 'kubeOvn'], /--security-group-driver kubeOvn: write networkPolicy or kubeOVN/],
    [['--probe-address', '8081'], /--probe-address: "8081" is not an address/],
    [['--log-level', 'loud'], /write one of trace, debug/],
    [['--webhook-url', 'http://x'], /write an https/],
    [['--webhook-service', 'x'], /write NAMESPACE\/NAME/],
    [['--webhook-url', 'https://x', '--webhook-service', 'a/b'], /not both/],
    [['--keep-deleted-volumes', 'a week'], /--keep-deleted-volumes a week: write a duration, for example 24h or 7d, or 0/],
    [['--keep-deleted-volumes', '24'], /write a duration/],
    [['--volume-modification-interval', 'six hours'], /--volume-modification-interval six hours: write a duration/],
    [['--resolver-upstreams', 'dns.example.com'], /--resolver-upstreams dns\.example\.com: write an address/],
    [['--resolver-withheld-domains', 'a..b'], /--resolver-withheld-domains a\.\.b: write a domain/],
    [['surplus'], /surplus/],
  ]
  for (const [args, message] of mistakes) t.throws(() => parse(args), { name: 'UsageError', message }, args.join(' '))
  t.throws(() => parse([], { KUMULUS_LEADER_ELECT: 'yes' }), { message: /KUMULUS_LEADER_ELECT is "yes": write true or false/ })
})

test('--help names every flag', (t) => {
  const error = t.throws(() => parse(['--help']))
  for (const name of Object.keys(parse([]))) t.true(error.message.includes(`--${name}`), name)
})

test('security groups are enforced by NetworkPolicies unless the other driver is asked for', (t) => {
  const driver = (...args: string[]) => operatorSettingsOf(parse(args)).securityGroupDriver
  t.deepEqual([driver(), driver('--security-group-driver', 'kubeOVN')], ['networkPolicy', 'kubeOVN'])
})

test('VPCs have DNS servers where the platform has an image of them', (t) => {
  const resolver = (...args: string[]) => operatorSettingsOf(parse(['--resolver-upstreams', '192.0.2.53', '--resolver-withheld-domains', 'corp.example.com', ...args])).resolver
  t.is(resolver(), undefined)
  t.deepEqual(resolver('--resolver-image', 'kumulus:1'), { image: 'kumulus:1', upstreams: ['192.0.2.53'], withheldDomains: ['corp.example.com'], pullSecrets: [] })
})

test('durations are read in their units, and nothing is kept unless that is asked for', (t) => {
  const kept = (...args: string[]) => operatorSettingsOf(parse(args)).keepDeletedVolumes
  t.is(kept(), undefined)
  t.is(operatorSettingsOf(parse([])).volumeModificationInterval, 6 * 3_600_000, 'as EBS has it')
  t.is(operatorSettingsOf(parse(['--volume-modification-interval', '0'])).volumeModificationInterval, 0)
  t.deepEqual(['90s', '30m', '24h', '7d', '0', '0h'].map((each) => kept('--keep-deleted-volumes', each)), [90_000, 1_800_000, 86_400_000, 604_800_000, undefined, undefined])
})

test('settings come from flags alone', (t) => {
  t.deepEqual(settingsOf(parse(['--image-sources', 'http://127.0.0.1:8000/', '--platform-ranges', '203.0.113.0/24', '--storage-class-for-images', 'fast'])), {
    operatorNamespace: 'kumulus-system', imageSources: ['http://127.0.0.1:8000/'], platformRanges: ['203.0.113.0/24'], defaultVolumeType: 'gp3', storageClassForImages: 'fast',
  })
})
