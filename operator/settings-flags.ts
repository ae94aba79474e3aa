import ipaddr from 'ipaddr.js'
import { UsageError, parseFlags } from './flags.ts'
import type { Values } from './flags.ts'
import { parseAddress } from './runtime/health.ts'
import type { OperatorSettings, SecurityGroupDriver } from './settings.ts'

/** Flags that the operator and the admission server share. */
export const commonFlags = {
  kubeconfig: { type: 'string', value: 'FILE', description: 'kubeconfig of the API server; else KUBECONFIG, ~/.kube/config, or the pod’s service account' },
  context: { type: 'string', value: 'NAME', description: 'context of the kubeconfig; else its current one' },
  'operator-namespace': { type: 'string', value: 'NAME', default: 'kumulus-system', description: 'namespace of the Lease and the certificate' },
  'image-sources': {
    type: 'string', multiple: true, value: 'URL-PREFIX',
    description: 'images may be imported from below this URL although it is a private, link-local or loopback address',
  },
  'platform-ranges': {
    type: 'string', multiple: true, value: 'CIDR', description: 'public addresses of the platform itself, which images are never imported from; private ones never are',
  },
  'default-volume-type': { type: 'string', value: 'NAME', default: 'gp3', description: 'VolumeType of block devices that name none' },
  'storage-class-for-images': { type: 'string', value: 'NAME', description: 'StorageClass of imported images; else that of the default VolumeType' },
  'metrics-address': { type: 'string', value: 'HOST:PORT', default: ':8080', description: 'where /metrics is served' },
  'probe-address': { type: 'string', value: 'HOST:PORT', default: ':8081', description: 'where /healthz and /readyz are served' },
  'log-level': { type: 'string', value: 'LEVEL', default: 'info', description: 'trace, debug, info, warn or error' },
} as const

export const operatorFlags = {
  ...commonFlags,
  namespaces: { type: 'string', multiple: true, value: 'NAME', description: 'serve these namespaces only, to share the work between processes; else all' },
  'leader-elect': { type: 'boolean', default: true, description: 'work only while holding the Lease; --no-leader-elect for one process alone' },
  'leader-election-name': { type: 'string', value: 'NAME', default: 'kumulus-operator', description: 'name of the Lease; one for each set of --namespaces' },
  'security-group-driver': { type: 'string', value: 'DRIVER', default: 'networkPolicy', description: 'how security groups of new VPCs are enforced: networkPolicy or kubeOVN' },
  'webhook-url': { type: 'string', value: 'URL', description: 'where the API server reaches the admission server, for example https://127.0.0.1:9443' },
  'webhook-service': { type: 'string', value: 'NAMESPACE/NAME', description: 'the admission server’s Service, instead of --webhook-url' },
  catalog: { type: 'string', value: 'FILE', description: 'InstanceTypes and VolumeTypes that the platform offers, as YAML; they are made, and kept so' },
  'keep-deleted-volumes': {
    type: 'string', value: 'DURATION', default: '0',
    description: 'how long the bytes of deleted volumes are kept, for example 24h or 7d, so that a mistake can be mended; 0: they go at once',
  },
  'volume-modification-interval': {
    type: 'string', value: 'DURATION', default: '6h',
    description: 'time between two changes of one volume’s size, iops, throughput or type, for example 6h; what comes sooner waits; 0: none',
  },
  'resolver-image': { type: 'string', value: 'IMAGE', description: 'image of the DNS servers of VPCs; without it no VPC has any' },
  'resolver-upstreams': {
    type: 'string', multiple: true, value: 'ADDRESS', description: 'resolver that they ask for all other names; else those of the node that each is on',
  },
  'resolver-withheld-domains': { type: 'string', multiple: true, value: 'NAME', description: 'domain of the platform’s own, of which they tell nothing' },
  'resolver-pull-secrets': { type: 'string', multiple: true, value: 'NAME', description: 'Secret of the operator’s namespace to pull their image with' },
  'manage-webhooks': {
    type: 'boolean', default: true,
    description: 'make the webhook configurations; --no-manage-webhooks where a Helm release does: those only get the certificate’s authority',
  },
} as const

export type OperatorFlags = Values<typeof operatorFlags>

/** @throws UsageError that says which flag is wrong and what it takes. */
export const parseOperatorFlags = (args: readonly string[], environment: Readonly<Record<string, string | undefined>>): OperatorFlags => {
  const flags = parseFlags({ name: 'operator', summary: 'The Kumulus operator: turns Instances, Volumes and VPCs into virtual machines, disks and networks.' }, operatorFlags, args, environment)
  checkCommon(flags)
  durationOf('keep-deleted-volumes', flags['keep-deleted-volumes'])
  durationOf('volume-modification-interval', flags['volume-modification-interval'])
  driverNamed(flags['security-group-driver'])
  checkResolver(flags)
  if (flags['webhook-url'] !== undefined && flags['webhook-service'] !== undefined) throw new UsageError('give --webhook-url or --webhook-service, not both')
  if (flags['webhook-url'] !== undefined && !flags['webhook-url'].startsWith('https://')) throw new UsageError(`--webhook-url ${flags['webhook-url']}: write an https:// URL`)
  if (flags['webhook-service'] !== undefined && !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(flags['webhook-service'])) {
    throw new UsageError(`--webhook-service ${flags['webhook-service']}: write NAMESPACE/NAME`)
  }
  return flags
}

/** What the operator itself is told beside what it shares with the admission server. */
export const operatorSettingsOf = (flags: OperatorFlags): OperatorSettings => {
  const keepDeletedVolumes = durationOf('keep-deleted-volumes', flags['keep-deleted-volumes'])
  const securityGroupDriver = driverNamed(flags['security-group-driver'])
  const volumeModificationInterval = durationOf('volume-modification-interval', flags['volume-modification-interval'])
  return {
    ...settingsOf(flags), securityGroupDriver, volumeModificationInterval, ...resolverOf(flags),
    ...(keepDeletedVolumes === 0 ? {} : { keepDeletedVolumes }),
  }
}

/** What the DNS servers themselves would refuse: here it is said once, and not by pods that never start. */
const checkResolver = (flags: OperatorFlags): void => {
  for (const upstream of flags['resolver-upstreams']) {
    if (!ipaddr.isValid(upstream)) throw new UsageError(`--resolver-upstreams ${upstream}: write an address, for example 192.0.2.53`)
  }
  for (const domain of flags['resolver-withheld-domains']) {
    if (!/^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(domain)) {
      throw new UsageError(`--resolver-withheld-domains ${domain}: write a domain, for example corp.example.com`)
    }
  }
}

const resolverOf = (flags: OperatorFlags): Pick<OperatorSettings, 'resolver'> => flags['resolver-image'] === undefined ? {} : {
  resolver: {
    image: flags['resolver-image'], upstreams: flags['resolver-upstreams'], withheldDomains: flags['resolver-withheld-domains'],
    pullSecrets: flags['resolver-pull-secrets'],
  },
}

const driverNamed = (name: string): SecurityGroupDriver => {
  if (name !== 'networkPolicy' && name !== 'kubeOVN') throw new UsageError(`--security-group-driver ${name}: write networkPolicy or kubeOVN`)
  return name
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds. */
const durationOf = (flag: string, text: string): number => {
  const [, count = '0', unit = 's'] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count === '0' && text !== '0' && !/^0+[smhd]$/.test(text)) throw new UsageError(`--${flag} ${text}: write a duration, for example 24h or 7d, or 0`)
  return Number(count) * (UNITS[unit] ?? 0)
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error']

/** Checks what both programs take. */
export const checkCommon = (flags: Values<typeof commonFlags>): void => {
  for (const source of flags['image-sources']) {
    if (!URL.canParse(source) || !/^(https?|docker):$/.test(new URL(source).protocol)) throw new UsageError(`--image-sources ${source}: write a URL prefix, for example http://127.0.0.1:8000/images/`)
    if (/^\/?$/.test(new URL(source).pathname) && !source.endsWith('/')) throw new UsageError(`--image-sources ${source}: end it with a slash, or it would also admit hosts whose names begin so`)
  }
  for (const range of flags['platform-ranges']) {
    if (!ipaddr.isValidCIDR(range)) throw new UsageError(`--platform-ranges ${range}: write a block of addresses, for example 198.51.100.0/24`)
  }
  for (const name of ['metrics-address', 'probe-address'] as const) {
    try {
      parseAddress(flags[name])
    } catch (error) {
      throw new UsageError(`--${name}: ${(error as Error).message}`)
    }
  }
  if (!LEVELS.includes(flags['log-level'])) throw new UsageError(`--log-level ${flags['log-level']}: write one of ${LEVELS.join(', ')}`)
}

export const settingsOf = (flags: Values<typeof commonFlags>): OperatorSettings => ({
  operatorNamespace: flags['operator-namespace'],
  imageSources: flags['image-sources'],
  platformRanges: flags['platform-ranges'],
  defaultVolumeType: flags['default-volume-type'],
  ...(flags['storage-class-for-images'] === undefined ? {} : { storageClassForImages: flags['storage-class-for-images'] }),
})
