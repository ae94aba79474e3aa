import test from 'ava'
import type { PrefixList } from '../../../crds/v1alpha1/prefix-list.ts'
import { ready } from '../../runtime/outcome.ts'
import { cacheOf, holding, recordingContext } from '../recording-context.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { prefixListController } from './controller.ts'
import { observePrefixList } from './observe.ts'
import { prefixListStatus } from './status.ts'

const list: PrefixList = {
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'PrefixList',
  metadata: { name: 'offices', namespace: 'team-a', uid: 'list-uid', resourceVersion: '5', generation: 2 },
  spec: { addressFamily: 'IPv4', entries: [{ cidr: '203.0.113.0/24' }, { cidr: '198.51.100.0/24' }] },
}
const group = (name: string, metadata: object = {}) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'SecurityGroup', metadata: { name, namespace: 'team-a', uid: `${name}-uid`, resourceVersion: '6', ...metadata },
  spec: { vpcRef: { name: 'prod' }, egressRules: [{ protocol: 'all', prefixListRef: { name: 'offices' } }] },
})
const { finalize } = prefixListController({ operatorNamespace: '', imageSources: [], defaultVolumeType: '' })

test('a list counts its blocks and the groups of its namespace that name it', t => {
  const facts = observePrefixList(list, cacheOf(holding(securityGroupInformer, group('web'), group('db'), group('web', { namespace: 'team-b' }))))
  const status = prefixListStatus({ object: list, facts, outcome: ready, outcomes: {}, now: 0 })
  t.like(status, { observedGeneration: 2, entryCount: 2, associations: 2 })
  t.regex(status.prefixListID ?? '', /^pl-[0-9a-f]{17}$/)
  t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: 'Available' })
})

test('a list that a group names is not deleted and says by whom; a group that goes itself holds none', async t => {
  const finalized = (...groups: object[]) => finalize?.['users']?.(recordingContext(list, observePrefixList(list, cacheOf(holding(securityGroupInformer, ...groups)))))
  t.deepEqual(await finalized(group('web')),
    { kind: 'waiting', reason: 'DependencyViolation', message: 'can\'t be deleted while in use by SecurityGroup "web": delete it first' })
  t.deepEqual(await finalized(group('web', { deletionTimestamp: '2026-01-01T00:00:00Z' })), ready)
})
