import test from 'ava'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { admin } from '../cloud.ts'
import { startOperatorProcess } from '../operator-process.ts'
import type { Anything } from '../world.ts'
import { releases, startUpgraded } from './release.ts'

/** Writes that an upgrade from a release brings with it, and why they are due: patterns of `METHOD path`. */
const due: Readonly<Record<string, readonly RegExp[]>> = {
  '0.1.0': [
    // A VPC has a route table and a network ACL of its own now, a subnet follows the table, and the VPC says which it is.
    /^PATCH .*\/(routetables\/main-main|networkacls\/main-default)(\/status)?$/, /^PATCH .*\/subnets\/subnet-[0-9a-f]{17}$/, /^PATCH .*\/vpcs\/main\/status$/,
    // Private DNS names are in the VPC's domain, no longer in the zone's.
    /^PATCH .*\/instances\/[a-z]+\/status$/,
    // Snapshots are taken now.
    /^PATCH .*\/snapshots\/nightly\/status$/,
    // A volume says which type and performance it has.
    /^PATCH .*\/volumes\/[a-z]+(-sd[a-z]1?)?\/status$/,
  ],
}

/** Conditions that objects of a release have not had, and have since. */
const saidSince: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '0.1.0': {
    'VPC main': ['DNSAvailable=False NotInstalled'],
    // Of a volume that nothing has been written to: it has no storage yet.
    'Snapshot nightly': ['Ready=False DependencyNotReady', 'Reconciling=True DependencyNotReady'],
  },
}

/** Kinds that a release did not serve, or did not know. */
const unknownTo: Readonly<Record<string, readonly string[]>> = {
  '0.1.0': [
    'VolumeAttachment', 'RouteTable', 'InternetGateway', 'NetworkACL', 'PrefixList', 'PublicIPPool', 'ElasticIP', 'NATGateway', 'NetworkInterface', 'VPCPeering',
    'ReachabilityAnalysis', 'SnapshotSchedule',
  ],
}

const conditions = ({ status }: Anything) => (status?.['conditions'] as { type: string; status: string; reason: string }[] | undefined) ?? []

for (const version of releases()) {
  test(`what release ${version} stored is read and may be written by today's definitions`, async t => {
    const cloud = await startUpgraded(version)
    for (const definition of definitions) {
      const { items } = await cloud.client.list<Anything>(definition)
      for (const { apiVersion: _, kind: __, ...object } of items) {
        const answer = await cloud.client.update<Anything>(definition, { ...object, apiVersion: apiVersionOf(definition), kind: definition.kind })
        t.deepEqual(answer.spec, object.spec, `${definition.kind} ${object.metadata.name}: nothing is dropped and nothing added`)
      }
    }
    const lists = await Promise.all(definitions.map((definition) => cloud.client.list(definition)))
    const absent = definitions.filter((_, index) => lists[index]?.items.length === 0).map(({ kind }) => kind)
    t.deepEqual(absent.sort(), [...unknownTo[version] ?? []].sort(), 'there is something of every kind but of those that the release did not serve')
    await cloud.stop()
  })

  test(`what release ${version} left comes to rest under today's operator, with no write that is not due`, async t => {
    const cloud = await startUpgraded(version, { seed: 7 })
    const read = async () => (await Promise.all(definitions.map(async (definition) => (await cloud.client.list<Anything>(definition)).items)))
      .flat().map((object) => [`${object.kind} ${object.metadata.name}`, conditions(object).map(({ type, status, reason }) => `${type}=${status} ${reason}`)] as const)
    const isNew = ([title]: readonly [string, readonly string[]]) => (unknownTo[version] ?? []).includes(title.split(' ')[0] ?? '')
    const before = await read()
    const writes: string[] = []
    const { crash } = startOperatorProcess(cloud.server, cloud.clock, { user: admin, writes })
    await cloud.clock.advance(600_000)
    t.deepEqual(writes.filter((write) => !(due[version] ?? []).some((pattern) => pattern.test(write))), [])
    const after = await read()
    const expected = before.map(([title, said]) => [title, [...said, ...saidSince[version]?.[title] ?? []]] as const)
    t.deepEqual(after.filter((each) => !isNew(each)), expected)
    t.deepEqual(after.filter((each) => isNew(each) && !each[1].includes('Ready=True Available')), [])
    crash()
    await cloud.stop()
  })
}

test('at least one release is kept', t => t.true(releases().length > 0))
