import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { virtualMachineResource } from '../../../operator/providers/kubevirt/resources.ts'
import { aKind, attackTable, type Attack, type Scene } from './attack.ts'
import { inventory, kindOf, machine } from './attack-cloud.ts'

const mark = 'left-by-mallory'

/** IDs of the victim's, which nothing of the attacker's may ever carry. */
const idsOf = async ({ cloud }: Scene): Promise<Record<'vpc' | 'subnet' | 'group', string>> => {
  const id = async (kind: string, prefix: Parameters<typeof idOf>[0]) => idOf(prefix, (await cloud.see(kind, 'victim', 'vault'))?.metadata.uid ?? '')
  return { vpc: await id('VPC', idPrefixes.vpc), subnet: await id('Subnet', idPrefixes.subnet), group: await id('SecurityGroup', idPrefixes.securityGroup) }
}

/** Keys that mean something to whoever reads what we make, with values that would. */
const hostile = (ids: Record<'vpc' | 'subnet' | 'group', string>): Record<string, string> => ({
  'ovn.kubernetes.io/security_groups': ids.group,
  'ovn.kubernetes.io/logical_switch': ids.subnet,
  'ovn.kubernetes.io/vpc': ids.vpc,
  'ovn.kubernetes.io/ip_address': '10.9.1.7',
  'ovn.kubernetes.io/mac_address': '02:00:00:00:00:07',
  'ovn.kubernetes.io/port_security': 'false',
  'ovn.kubernetes.io/routes': '[{"dst":"0.0.0.0/0","gw":"10.9.1.1"}]',
  'a.mallory.ovn.kubernetes.io/logical_switch': ids.subnet,
  'a.mallory.ovn.kubernetes.io/port_security': mark,
  'hooks.kubevirt.io/hookSidecars': `[{"image":"${mark}"}]`,
  'k8s.v1.cni.cncf.io/networks': 'victim/vault',
  'v1.multus-cni.io/default-network': 'victim/vault',
  'kubevirt.io/allow-pod-bridge-network-live-migration': mark,
  'cdi.kubevirt.io/storage.pod.serviceAccountName': mark,
  'cdi.kubevirt.io/storage.import.endpoint': `http://169.254.169.254/${mark}`,
  'cdi.kubevirt.io/allowClaimAdoption': mark,
  'kubernetes.io/service-account.name': mark,
})

/** As far as a label can say it. */
const labelsOf = (annotations: Record<string, string>, ids: Record<'vpc' | 'subnet' | 'group', string>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(annotations).filter(([, value]) => /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(value))),
  [`sg.kumulus.dev/${ids.group}`]: '',
  'kumulus.dev/vpc-id': ids.vpc,
  'cdi.kubevirt.io': 'importer',
})

const specOf = (kind: string): object => kind === 'Instance' ? { ...machine, state: 'Running' } : inventory.find(([each]) => each === kind)?.[2] ?? {}
const changed: Record<string, object> = { VPC: { cidrBlocks: ['10.1.0.0/16'] }, Subnet: { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-a' } }

const keysOf = (kind: string, threat: number): Attack => ({
  threat, kind,
  title: `No label, annotation or tag of ${aKind(kind)} reaches the objects that it becomes, but for tags under our own prefix`,
  act: async (scene) => {
    const { t, cloud, mallory } = scene
    const ids = await idsOf(scene)
    const annotations = hostile(ids)
    const tags = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key.slice(0, 128), value]))
    const name = `marked-${kind.toLowerCase()}`
    await mallory.apply(kind, name, { ...specOf(kind), ...changed[kind], tags }, { annotations, labels: labelsOf(annotations, ids) })
    await cloud.until(async () => (await cloud.see(kind, 'mallory', name))?.status?.['conditions'] !== undefined)
    await cloud.settle()
    t.deepEqual(scene.traces(mark, ids.group, ids.subnet, ids.vpc, 'victim/vault', '10.9.1.7', 'hookSidecars'), [])
    await scene.tidy(kind, name)
  },
})

attackTable([
  ...['Instance', 'Volume', 'Image', 'KeyPair', 'VPC', 'Subnet', 'SecurityGroup'].map((kind) => keysOf(kind, 1)),
  {
    threat: 2, kind: 'Instance', title: 'Port security is on unless the owner says sourceDestCheck: false, and then of their own port alone',
    act: async ({ t, cloud, mallory, tidy }) => {
      for (const sourceDestCheck of [true, false]) {
        const name = `check-${sourceDestCheck}`
        await mallory.apply('Instance', name, { ...machine, sourceDestCheck })
        await cloud.become('Instance', 'mallory', name, 'Running')
        const made = (await cloud.see(virtualMachineResource, 'mallory', name))?.spec['template'] as { metadata: { annotations: Record<string, string> } }
        t.deepEqual(Object.entries(made.metadata.annotations).filter(([key]) => key.endsWith('port_security')), [['a.mallory.ovn.kubernetes.io/port_security', `${sourceDestCheck}`]])
        await tidy('Instance', name)
      }
    },
  },
  {
    threat: 2, kind: 'Instance', title: 'Address and MAC are the subnet\'s and ours to give: one outside the subnet is refused',
    act: async ({ refused }) => refused('Instance', 'far', { ...machine, privateIPAddress: '10.9.1.7' }, /10\.9\.1\.7 is (not in the subnet|outside the subnet)/, virtualMachineResource),
  },
  {
    threat: 10, kind: 'Instance', title: 'What a machine could be given of its host is not in the API',
    act: async ({ t, cloud, mallory, tidy, traces }) => {
      const fields = ['hostDisk', 'hostDevices', 'kernelBoot', 'annotations', 'networks', 'hookSidecars', 'sidecars', 'macAddress', 'template']
      const extra = Object.fromEntries(fields.map((field) => [field, { marked: mark }]))
      // What the schema does not know is pruned from what is created, and refused in what is applied.
      await mallory.client.create(kindOf('Instance'), {
        apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: { name: 'extra', namespace: 'mallory' }, spec: { ...machine, ...extra },
      })
      t.deepEqual(Object.keys((await cloud.see('Instance', 'mallory', 'extra'))?.spec ?? {}).filter((field) => fields.includes(field)), [])
      await cloud.become('Instance', 'mallory', 'extra', 'Running')
      t.deepEqual(traces(mark, 'hostDisk', 'hostDevices', 'kernelBoot'), [])
      await tidy('Instance', 'extra')
    },
  },
])
