import test from 'ava'
import { only, rendered } from './testing/helm.ts'
import { judge, type Write } from './testing/policy.ts'

const policies = await rendered('--show-only', 'templates/admission-policy.yaml')
const marks = only(policies, 'ValidatingAdmissionPolicy', 'kumulus-marks')
const machines = only(policies, 'ValidatingAdmissionPolicy', 'kumulus-machines')

const tenant = { username: 'mallory', groups: ['system:authenticated'] }
const write = (group: string, resource: string, object: object, was?: object): Write =>
  ({ user: tenant, group, resource, namespace: 'mallory', object, ...was === undefined ? {} : { was } })

const pod = (metadata: object) => ({ metadata: { name: 'p', namespace: 'mallory', ...metadata }, spec: { containers: [] } })
const group = { 'sg.kumulus.dev/sg-0123456789abcdef0': '' }
const port = { 'web.mallory.ovn.kubernetes.io/port_security': 'true' }

type Case = { title: string; write: Write; refused?: RegExp }

const markCases: Case[] = [
  { title: 'a Pod without marks', write: write('', 'pods', pod({ labels: { app: 'x' }, annotations: { note: 'y' } })) },
  { title: 'a Pod that joins a security group', write: write('', 'pods', pod({ labels: group })), refused: /metadata.labels: sg.kumulus.dev\/sg-0123456789abcdef0/ },
  { title: 'a Pod that names an owner', write: write('', 'pods', pod({ labels: { 'kumulus.dev/owner-uid': 'x' } })), refused: /kumulus.dev\/owner-uid/ },
  { title: 'a Service that tags itself', write: write('', 'services', pod({ labels: { 'tag.kumulus.dev/Name': 'x' } })), refused: /tag.kumulus.dev\/Name/ },
  { title: 'a label of a domain that only ends alike', write: write('', 'pods', pod({ labels: { 'notkumulus.dev/x': 'y' } })) },
  { title: 'a Pod that leaves its group', write: write('', 'pods', pod({}), pod({ labels: group })), refused: /sg.kumulus.dev/ },
  { title: 'a change beside a mark', write: write('', 'pods', pod({ labels: { ...group, app: 'y' } }), pod({ labels: group })) },
  { title: 'a Secret with a mark in its annotations', write: write('', 'secrets', pod({ annotations: { 'kumulus.dev/fingerprint': 'x' } })), refused: /metadata.annotations: kumulus.dev\/fingerprint/ },
  { title: 'an Instance that is asked to reboot', write: write('kumulus.dev', 'instances', pod({ annotations: { 'kumulus.dev/reboot-requested-at': '1' } })) },
  { title: 'an Instance that is asked to start no more', write: write('kumulus.dev', 'instances', pod({}), pod({ annotations: { 'kumulus.dev/start-requested-at': '1' } })) },
  { title: 'a machine that is asked to reboot past its Instance', write: write('kubevirt.io', 'virtualmachines', pod({ annotations: { 'kumulus.dev/reboot-requested-at': '1' } })), refused: /reboot-requested-at/ },
  { title: 'an object without metadata', write: write('', 'bindings', { target: {} }) },
]

const vm = (template: object, spec: object = {}) => ({ metadata: { name: 'vm', namespace: 'mallory' }, spec: { template, ...spec } })
const on = (networkName: string) => ({ spec: { networks: [{ name: 'eth0', multus: { networkName } }] } })
const hook = { 'hooks.kubevirt.io/hookSidecars': '[]' }
const virtualMachine = (object: object, was?: object) => write('kubevirt.io', 'virtualmachines', object, was)

const machineCases: Case[] = [
  { title: 'a machine with nothing special', write: virtualMachine(vm({ metadata: { labels: { app: 'x' } }, spec: { networks: [{ name: 'default', pod: {} }] } })) },
  { title: 'a machine with a port of its own choice', write: virtualMachine(vm({ metadata: { annotations: { 'ovn.kubernetes.io/logical_switch': 'subnet-1' } } })), refused: /annotation ovn.kubernetes.io\/logical_switch=subnet-1/ },
  { title: 'a machine whose port is named for its network', write: virtualMachine(vm({ metadata: { annotations: port } })), refused: /port_security/ },
  { title: 'a machine with a sidecar', write: virtualMachine(vm({ metadata: { annotations: hook } })), refused: /hookSidecars/ },
  { title: 'a machine whose metadata has a name too', write: virtualMachine(vm({ metadata: { name: 'x', labels: group } })), refused: /label sg.kumulus.dev/ },
  { title: 'a machine whose pod joins a group', write: virtualMachine(vm({ metadata: { labels: group } })), refused: /label sg.kumulus.dev/ },
  { title: 'a machine whose port is made less secure', write: virtualMachine(vm({ metadata: {} }), vm({ metadata: { annotations: port } })), refused: /port_security=true/ },
  { title: 'a machine of ours that is changed elsewhere', write: virtualMachine(vm({ metadata: { annotations: port } }, { runStrategy: 'Halted' }), vm({ metadata: { annotations: port } })) },
  { title: 'a machine with a disk that names an owner', write: virtualMachine(vm({}, { dataVolumeTemplates: [{ metadata: { labels: { 'kumulus.dev/owner-uid': 'x' } } }] })), refused: /label kumulus.dev\/owner-uid/ },
  { title: 'a machine on its own network', write: virtualMachine(vm(on('a'))) },
  { title: 'a machine on its own network, in full', write: virtualMachine(vm(on('mallory/a'))) },
  { title: "a machine on another's network", write: virtualMachine(vm(on('alice/a'))), refused: /networks: alice\/a is another namespace's network/ },
  { title: "a running machine on another's network", write: write('kubevirt.io', 'virtualmachineinstances', { metadata: { name: 'i' }, ...on('alice/a') }), refused: /alice\/a/ },
  { title: 'a running machine that is annotated', write: write('kubevirt.io', 'virtualmachineinstances', { metadata: { name: 'i', annotations: hook }, spec: {} }), refused: /hookSidecars/ },
  { title: 'a pool of such machines', write: write('pool.kubevirt.io', 'virtualmachinepools', { metadata: { name: 'p' }, spec: { virtualMachineTemplate: vm({ metadata: { annotations: hook } }) } }), refused: /hookSidecars/ },
  { title: "a pool on another's network", write: write('pool.kubevirt.io', 'virtualmachinepools', { metadata: { name: 'p' }, spec: { virtualMachineTemplate: vm(on('alice/a')) } }), refused: /alice\/a/ },
  { title: 'a pool whose machines are marked', write: write('pool.kubevirt.io', 'virtualmachinepools', { metadata: { name: 'p' }, spec: { virtualMachineTemplate: { metadata: { name: 'x', labels: group }, spec: {} } } }), refused: /label sg/ },
  { title: 'a preference that annotates', write: write('instancetype.kubevirt.io', 'virtualmachinepreferences', { metadata: { name: 'p' }, spec: { annotations: hook } }), refused: /hookSidecars/ },
  { title: 'an instance type as KubeVirt keeps it', write: write('apps', 'controllerrevisions', { metadata: { name: 'r' }, revision: 1, data: { spec: { annotations: hook } } }), refused: /hookSidecars/ },
  { title: "a StatefulSet's revision", write: write('apps', 'controllerrevisions', { metadata: { name: 'r' }, revision: 1, data: { spec: { template: {} } } }) },
  { title: 'a restore that patches', write: write('snapshot.kubevirt.io', 'virtualmachinerestores', { metadata: { name: 'r' }, spec: { patches: ['{}'] } }), refused: /spec.patches/ },
  { title: 'a restore that does not', write: write('snapshot.kubevirt.io', 'virtualmachinerestores', { metadata: { name: 'r' }, spec: {} }) },
  { title: 'a restore whose disk is marked', write: write('snapshot.kubevirt.io', 'virtualmachinerestores', { metadata: { name: 'r' }, spec: { volumeRestoreOverrides: [{ labels: group }] } }), refused: /label sg/ },
  { title: 'a clone that patches', write: write('clone.kubevirt.io', 'virtualmachineclones', { metadata: { name: 'c' }, spec: { patches: ['{}'] } }), refused: /spec.patches/ },
  { title: 'a template of machines', write: write('template.kubevirt.io', 'virtualmachinetemplates', { metadata: { name: 't' }, spec: { virtualMachine: {} } }), refused: /made by the platform alone/ },
  { title: "a snapshot's content", write: write('snapshot.kubevirt.io', 'virtualmachinesnapshotcontents', { metadata: { name: 'c' }, spec: {} }), refused: /written by KubeVirt alone/ },
  { title: 'a DataVolume whose importer gets a network', write: write('cdi.kubevirt.io', 'datavolumes', { metadata: { name: 'd', annotations: { 'k8s.v1.cni.cncf.io/networks': 'alice/a' } }, spec: {} }), refused: /k8s.v1.cni.cncf.io/ },
  { title: 'a plain Pod on a switch', write: write('', 'pods', pod({ annotations: { 'ovn.kubernetes.io/logical_switch': 'x' } })), refused: /logical_switch/ },
  { title: 'a plain Pod that is not', write: write('', 'pods', pod({ annotations: { 'prometheus.io/scrape': 'true' } })) },
  { title: 'a plain Pod that leaves its switch', write: write('', 'pods', pod({}), pod({ annotations: { 'ovn.kubernetes.io/logical_switch': 'x' } })), refused: /logical_switch/ },
  { title: 'a network of its own making', write: write('k8s.cni.cncf.io', 'network-attachment-definitions', { metadata: { name: 'n' }, spec: { config: '{}' } }), refused: /made by Kumulus alone/ },
  { title: 'a label on a network of ours', write: write('k8s.cni.cncf.io', 'network-attachment-definitions', { metadata: { name: 'n', labels: { a: 'b' } }, spec: { config: '{}' } }, { metadata: { name: 'n' }, spec: { config: '{}' } }) },
]

for (const [policy, cases] of [[marks, markCases], [machines, machineCases]] as const) {
  for (const { title, write: given, refused } of cases) {
    test(`${policy.metadata.name}: ${title} is ${refused === undefined ? 'let through' : 'refused'} when a tenant writes it`, t => {
      const verdict = judge(policy, given)
      if (refused === undefined) t.is(verdict, undefined)
      else t.regex(verdict ?? 'let through', refused)
    })
  }
}

test('the platform itself is not judged: the operator, KubeVirt, Kube-OVN, kubelets, administrators', t => {
  const forged = virtualMachine(vm({ metadata: { annotations: hook, labels: group } }))
  for (const user of [
    { username: 'system:serviceaccount:kumulus-system:kumulus-operator', groups: ['system:serviceaccounts', 'system:authenticated'] },
    { username: 'system:serviceaccount:kubevirt:kubevirt-controller', groups: ['system:serviceaccounts:kubevirt'] },
    { username: 'system:serviceaccount:kube-system:ovn', groups: ['system:serviceaccounts:kube-system'] },
    { username: 'system:node:node-a1', groups: ['system:nodes'] },
    { username: 'admin', groups: ['system:masters'] },
  ]) t.is(judge(machines, { ...forged, user }), undefined, user.username)
})

test('what makes pods for tenants is judged as they are, and so is whoever has no groups', t => {
  const forged = write('', 'pods', pod({ labels: group }))
  for (const user of [
    { username: 'system:serviceaccount:kube-system:replicaset-controller', groups: ['system:serviceaccounts:kube-system'] },
    { username: 'system:serviceaccount:mallory:kumulus-operator', groups: ['system:serviceaccounts:mallory'] },
    { username: 'anybody' },
  ]) t.regex(judge(marks, { ...forged, user }) ?? '', /sg.kumulus.dev/)
})

test('domains that a platform adds are refused with everything below them, and no others', async t => {
  const policy = only(
    await rendered('--show-only', 'templates/admission-policy.yaml', '--set', 'admissionPolicy.deniedAnnotationDomains={example.com}'),
    'ValidatingAdmissionPolicy', 'kumulus-machines',
  )
  const verdict = (key: string) => judge(policy, virtualMachine(vm({ metadata: { annotations: { [key]: 'x' } } })))
  for (const key of ['example.com/a', 'b.c.example.com/a']) t.regex(verdict(key) ?? '', /annotation/, key)
  for (const key of ['exampleXcom/a', 'notexample.com/a', 'example.com', 'a/example.com', 'ovn.kubernetes.io/x']) t.is(verdict(key), undefined, key)
})
