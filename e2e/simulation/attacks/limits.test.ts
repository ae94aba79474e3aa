import { containsAddress, isReserved, parseAddress, parseCidr } from '../../../crds/cidr.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { parseQuantity } from '../../../crds/quantity.ts'
import { dataVolumeResource } from '../../../operator/providers/cdi/resources.ts'
import { claimResource } from '../../../operator/providers/csi/resources.ts'
import { subnetResource } from '../../../operator/providers/kube-ovn/resources.ts'
import { virtualMachineResource } from '../../../operator/providers/kubevirt/resources.ts'
import { attackTable, type Attack } from './attack.ts'
import { isReady, kindOf, machine, messageOf, reasonOf, secrets } from './attack-cloud.ts'

const many = <T>(count: number, each: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => each(index))
const rule = (index: number) => ({ protocol: 'tcp', fromPort: index + 1, toPort: index + 1, cidr: '0.0.0.0/0' })

/** One more, or one larger, than the schema takes. */
const oversize: [kind: string, what: string, spec: object, about: RegExp][] = [
  ['Instance', '17 KiB of user data', { ...machine, userData: 'x'.repeat(17 * 1024) }, /userData/],
  ['Instance', '17 security groups', { ...machine, securityGroupRefs: many(17, (index) => ({ name: `g${index}` })) }, /securityGroupRefs/],
  ['Instance', '29 disks', { ...machine, blockDevices: many(29, (index) => ({ deviceName: `/dev/xvd${'bcd'[index % 3]}${'abcdefghijk'[Math.floor(index / 3)]}`, size: '1Gi' })) }, /blockDevices/],
  ['Instance', '51 tags', { ...machine, tags: Object.fromEntries(many(51, (index) => [`k${index}`, 'v'])) }, /tags/],
  ['Instance', 'a tag of 257 characters', { ...machine, tags: { k: 'v'.repeat(257) } }, /tags/],
  ['SecurityGroup', '61 rules', { vpcRef: { name: 'main' }, ingressRules: many(61, rule) }, /ingressRules/],
  ['VPC', 'a block that is everything', { cidrBlocks: ['0.0.0.0/0'] }, /cidrBlocks/],
  ['Image', '257 accounts', { source: { http: { url: 'https://example.com/x' } }, launchPermissions: { namespaces: many(257, (index) => `n${index}`) } }, /namespaces/],
  ['Image', 'a URL of 2,049 characters', { source: { http: { url: `https://example.com/${'x'.repeat(2049)}` } } }, /url/],
  ['Volume', '65 TiB', { availabilityZone: 'zone-a', size: '65Ti' }, /size/],
  ['KeyPair', 'a key of 20 KiB', { publicKey: `ssh-rsa ${'A'.repeat(20_000)}` }, /publicKey/],
]

const tooLarge = ([kind, what, spec, about]: (typeof oversize)[number]): Attack => ({
  threat: 16, kind, title: `No ${kind} has ${what}`,
  act: ({ mallory, invalid }) => invalid(mallory.apply(kind, 'large', spec), about),
})

/** What admission alone refuses, put in while it is down. */
const unchecked: [kind: string, name: string, spec: object, never: (cloud: Parameters<Attack['act']>[0]['cloud']) => Promise<unknown>][] = [
  ['Instance', 'unchecked', { ...machine, placement: { availabilityZone: 'zone-b' } }, (cloud) => cloud.see(virtualMachineResource, 'mallory', 'unchecked')],
  ['Image', 'unchecked', { source: { http: { url: 'http://10.0.0.1/x' } } }, async (cloud) => cloud.see(dataVolumeResource, 'mallory', await idAt(cloud, 'Image', 'image'))],
  ['Subnet', 'unchecked', { vpcRef: { name: 'main' }, cidrBlock: '10.9.1.0/24', availabilityZone: 'zone-a' }, async (cloud) => cloud.see(subnetResource, '', await idAt(cloud, 'Subnet', 'subnet'))],
  ['Volume', 'unchecked', { availabilityZone: 'zone-a', imageRef: { name: 'private', namespace: 'victim' } }, (cloud) => cloud.see(dataVolumeResource, 'mallory', 'unchecked')],
]

const idAt = async (cloud: Parameters<Attack['act']>[0]['cloud'], kind: string, prefix: keyof typeof idPrefixes) =>
  idOf(idPrefixes[prefix], (await cloud.see(kind, 'mallory', 'unchecked'))?.metadata.uid ?? '')

const long = (length: number, last: string): string => `${'n'.repeat(length - 1)}${last}`

attackTable([
  ...oversize.map(tooLarge),
  ...unchecked.map(([kind, name, spec, never]): Attack => ({
    threat: 15, kind, title: `What admission would have refused of ${kind}s stays unrealised when it is back, and can be taken away`,
    act: async ({ t, cloud, mallory, webhook, tidy }) => {
      cloud.admission.up = false
      await mallory.apply(kind, name, spec)
      await cloud.settle()
      cloud.admission.up = webhook === 'up'
      await mallory.patch(kind, name, { metadata: { labels: { looked: 'again' } } })
      await cloud.settle()
      t.false(isReady(await cloud.see(kind, 'mallory', name)))
      t.is(await never(cloud), undefined)
      await tidy(kind, name)
      await cloud.until(async () => await cloud.see(kind, 'mallory', name) === undefined)
    },
  })),
  {
    threat: 17, kind: 'Instance', title: 'Names that differ in their last letter alone, however long they are, are told apart in everything that is made of them',
    act: async ({ t, cloud, mallory, tidy }) => {
      const names = [long(63, 'a'), long(63, 'b')]
      await Promise.all(names.map((name) => mallory.apply('Instance', name, { ...machine, userData: `#!/bin/sh\n# ${name}` })))
      for (const name of names) await cloud.become('Instance', 'mallory', name, 'Running')
      const [a, b] = await Promise.all(names.map(async (name) => (await cloud.see(virtualMachineResource, 'mallory', name)) as unknown as { spec: { template: { spec: { domain: { firmware: { uuid: string } }; hostname: string } } } }))
      t.not(a?.spec.template.spec.domain.firmware.uuid, b?.spec.template.spec.domain.firmware.uuid)
      t.not(a?.spec.template.spec.hostname, b?.spec.template.spec.hostname)
      for (const name of names) {
        const id = idOf(idPrefixes.instance, (await cloud.see('Instance', 'mallory', name))?.metadata.uid ?? '')
        const seed = await cloud.client.get<{ data: { userdata: string } }>(secrets, { name: `${id}-user-data`, namespace: 'mallory' })
        t.is(Buffer.from(seed.data.userdata, 'base64').toString(), `#!/bin/sh\n# ${name}`)
        await tidy('Instance', name)
      }
    },
  },
  {
    threat: 17, kind: 'Volume', title: 'Volumes whose names of 253 letters differ past every truncation are two volumes',
    act: async ({ t, cloud, mallory, tidy }) => {
      const names = [long(253, 'a'), long(253, 'b')]
      await Promise.all(names.map((name) => mallory.apply('Volume', name, { availabilityZone: 'zone-a', size: '1Gi' })))
      for (const name of names) await cloud.become('Volume', 'mallory', name, 'Available')
      const labels = await Promise.all(names.map(async (name) => (await cloud.see(dataVolumeResource, 'mallory', name))?.metadata.labels?.['kumulus.dev/owner-name']))
      t.is(new Set(labels).size, 2)
      t.true(labels.every((label) => (label?.length ?? 64) <= 63))
      for (const name of names) await tidy('Volume', name)
    },
  },
  {
    threat: 17, kind: 'Instance', title: 'Names, tags, keys and user data are what they were given as: nothing of one becomes part of another or of the seed',
    act: async ({ t, cloud, mallory, invalid, tidy, traces }) => {
      const injected = '#cloud-config\nruncmd: [ "touch /injected" ]\nusers: [ { name: root, lock_passwd: false } ]\n'
      const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNv1dKhFJxGRTLmUMqmwb0mUo1DcKhsZkLuHNP1hB1L'
      await invalid(mallory.apply('KeyPair', 'injected', { publicKey: `${key} x\n${injected}` }), /publicKey/)
      await mallory.apply('KeyPair', 'commented', { publicKey: `${key} touch-injected` })
      await invalid(mallory.apply('KeyPair', 'a\n#cloud-config', { publicKey: key }), /./)
      await invalid(mallory.apply('Instance', 'a"; runcmd', machine), /./)
      const script = '#!/bin/sh\ncat <<EOF\n"}\n---\nEOF\n'
      await mallory.apply('Instance', 'seeded', { ...machine, keyPairRef: { name: 'commented' }, userData: script, tags: { [injected.slice(0, 100)]: injected.slice(0, 200) } })
      await cloud.become('Instance', 'mallory', 'seeded', 'Running')
      const id = idOf(idPrefixes.instance, (await cloud.see('Instance', 'mallory', 'seeded'))?.metadata.uid ?? '')
      const { data } = await cloud.client.get<{ data: { userdata: string } }>(secrets, { name: `${id}-user-data`, namespace: 'mallory' })
      t.is(Buffer.from(data.userdata, 'base64').toString(), script)
      const keys = await cloud.client.get<{ data: Record<string, string> }>(secrets, { name: `${id}-public-key`, namespace: 'mallory' })
      t.deepEqual(Object.values(keys.data).map((each) => Buffer.from(each, 'base64').toString()), [`${key} commented`])
      t.deepEqual(traces('/injected', 'touch-injected', 'lock_passwd'), [])
      await tidy('Instance', 'seeded')
    },
  },
  {
    threat: 5, kind: 'VPC', title: 'A VPC and a Subnet made anew under their old names, between two steps of whoever uses them, get nothing of anybody else\'s',
    act: async ({ t, cloud, mallory, tidy }) => {
      await mallory.apply('VPC', 'twice', { cidrBlocks: ['10.6.0.0/16'] })
      await mallory.apply('Subnet', 'twice', { vpcRef: { name: 'twice' }, cidrBlock: '10.6.1.0/24', availabilityZone: 'zone-a' })
      await mallory.apply('Instance', 'twice', { ...machine, subnetRef: { name: 'twice' }, securityGroupRefs: [{ name: 'twice-default' }] })
      await cloud.become('Instance', 'mallory', 'twice', 'Running')
      for (const kind of ['VPC', 'Subnet']) {
        cloud.crash()
        await mallory.patch(kind, 'twice', { metadata: { finalizers: [] } })
        await mallory.remove(kind, 'twice')
        // The victim's own block, under the old name.
        await mallory.apply(kind, 'twice', kind === 'VPC' ? { cidrBlocks: ['10.9.0.0/16'] } : { vpcRef: { name: 'twice' }, cidrBlock: '10.9.1.0/24', availabilityZone: 'zone-a' })
        cloud.start()
        await cloud.settle()
      }
      const made = (await cloud.list(virtualMachineResource)).filter(({ metadata }) => metadata.namespace === 'mallory')
      t.true(made.every(({ spec }) => !JSON.stringify(spec).includes('victim')))
      await tidy('Instance', 'twice')
      await cloud.settle()
    },
  },
  {
    threat: 16, kind: 'Volume', title: 'Fifty volumes asked for at once share an account\'s quota out: as many as it counts, no byte beyond, each refusal in words, and all room comes back',
    act: async ({ t, cloud, mallory }) => {
      const quotas: ResourceType = { group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', namespaced: true }
      const sizes = async () => (await cloud.list(claimResource)).filter(({ metadata }) => metadata.namespace === 'mallory')
        .map(({ spec }) => Number(parseQuantity((spec['resources'] as { requests: { storage: string } }).requests.storage)))
      const used = (await sizes()).reduce((sum, each) => sum + each, 0)
      const volumes = (await cloud.list(kindOf('Volume'))).filter(({ metadata }) => metadata.namespace === 'mallory').length
      await cloud.client.create(quotas, {
        apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'disks', namespace: 'mallory' },
        spec: { hard: { 'count/volumes.kumulus.dev': `${volumes + 10}`, 'requests.storage': `${used + 5 * 2 ** 30}` } },
      })
      const names = many(50, (index) => `quota-${index}`)
      const made = await Promise.all(names.map((name) => mallory.apply('Volume', name, { availabilityZone: 'zone-a', size: '1Gi' }).then(() => name, (error: Error) => {
        t.regex(error.message, /exceeded quota: disks, requested: count\/volumes.kumulus.dev=1/)
      })))
      const there = made.filter((name) => name !== undefined)
      t.is(there.length, 10)
      await cloud.settle()
      t.is((await sizes()).reduce((sum, each) => sum + each, 0), used + 5 * 2 ** 30)
      const waiting = (await Promise.all(there.map((name) => cloud.see('Volume', 'mallory', name)))).filter((each) => each !== undefined && !isReady(each)) as KubeObject[]
      t.is(waiting.length, 5)
      for (const { metadata: { name } } of waiting) {
        const each = await cloud.see('Volume', 'mallory', name)
        t.is(reasonOf(each), 'QuotaExceeded')
        t.regex(messageOf(each) ?? '', /delete Volumes, .*raise the quota.*exceeded quota: disks, requested: requests.storage=1Gi/)
      }
      for (const name of there.filter((each) => !waiting.some(({ metadata }) => metadata.name === each))) await mallory.remove('Volume', name)
      for (const { metadata: { name } } of waiting) await cloud.become('Volume', 'mallory', name, 'Available')
      await cloud.client.delete(quotas, { name: 'disks', namespace: 'mallory' })
      for (const { metadata: { name } } of waiting) await mallory.remove('Volume', name)
    },
  },
  {
    threat: 16, kind: 'Instance', title: 'A thousand instances asked for at once share a subnet\'s addresses out: none twice, none that is reserved, none beyond',
    act: async ({ t, cloud, mallory, webhook }) => {
      // What shares the addresses out is the same either way.
      const count = webhook === 'up' ? 1000 : 100
      await mallory.apply('Subnet', 'small', { vpcRef: { name: 'main' }, cidrBlock: '10.0.9.0/28', availabilityZone: 'zone-a' })
      await cloud.become('Subnet', 'mallory', 'small', 'Available')
      const spec = { ...machine, subnetRef: { name: 'small' }, keyPairRef: undefined, userData: undefined, state: 'Stopped' }
      await Promise.all(many(count, (index) => mallory.apply('Instance', `many-${index}`, JSON.parse(JSON.stringify(spec)) as object)))
      await cloud.settle()
      const instances = (await cloud.list(kindOf('Instance'))).filter(({ metadata }) => metadata.name.startsWith('many-'))
      t.is(instances.length, count)
      const addresses = instances.flatMap(({ status }) => (status?.['privateIPAddress'] as string | undefined) ?? [])
      const block = parseCidr('10.0.9.0/28')
      t.is(addresses.length, 11)
      t.is(new Set(addresses).size, 11)
      for (const address of addresses) {
        const parsed = parseAddress(address) ?? 0
        t.true(block !== undefined && containsAddress(block, parsed) && !isReserved(block, parsed), address)
      }
      const waiting = instances.filter(({ status }) => status?.['privateIPAddress'] === undefined)
      t.true(waiting.every((each) => reasonOf(each) !== 'Stopped' && /no free address/.test(messageOf(each) ?? '')))
    },
  },
])
