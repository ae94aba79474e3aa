import test from 'ava'
import { programNames } from '../../../images/programs.ts'
import { buildResolver } from './deployment.ts'
import { resolverInformer } from './informer.ts'

const program = { image: 'kumulus', upstreams: [], withheldDomains: [], pullSecrets: [] }
const { spec } = buildResolver({ name: 'dns-1', namespace: 'kumulus-system', domain: 'main.internal', blocks: ['10.0.0.0/16'], program }).spec.template

test('a DNS server is the image\'s, as the user that the image has, with no right, no token and nothing to write on', t => {
  t.true(programNames.includes('resolver'))
  t.deepEqual(spec.containers[0]?.command, ['node', '/kumulus/resolver.js'])
  t.like(spec.securityContext, { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 })
  t.like(spec.containers[0]?.securityContext, { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })
  t.like(spec, { automountServiceAccountToken: false, dnsPolicy: 'Default' })
})

test('whoever asks for the servers of one namespace shares one watch', t => {
  t.is(resolverInformer('kumulus-system'), resolverInformer('kumulus-system'))
  t.not(resolverInformer('kumulus-system'), resolverInformer('elsewhere'))
})
