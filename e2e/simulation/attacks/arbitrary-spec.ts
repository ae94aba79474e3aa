import fc from 'fast-check'
import { objectSchemaOf } from '../../../crds/generation/custom-resource-definition.ts'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { inventory, kindOf, machine } from './attack-cloud.ts'

/** An object of ours as a tenant might write it: a good one, of which some parts have become anything that the schema knows. */
export type ArbitraryObject = {
  kind: string
  name: string
  spec: Record<string, unknown>
  labels: Record<string, string>
  annotations: Record<string, string>
}

const bases: Record<string, object> = {
  ...Object.fromEntries(inventory.map(([kind, , spec]) => [kind, spec])),
  Instance: machine,
  InstanceAction: { instanceRef: { name: 'web' }, type: 'Reboot' },
}

/** Texts that mean something to somebody further down. */
const hostile = [
  'web', 'main', 'a', 'linux', 'ops', 'data', 'main-default', 'vault', 'private', 'victim', 'victim/vault', '../victim', 'kube-system', 'ovn-cluster', 'ovn-default',
  'kumulus.t3.micro', 't3.micro', 'gp3', '#cloud-config\nruncmd: [id]\n', '"}\n---\nkind: Secret', '${HOME}', '{{ .Values }}', '10.0.1.7', '10.9.1.7', '169.254.169.254',
  'http://127.0.0.1:18080/linux.img', 'http://10.0.0.1/x', 'https://example.com/disk.img', 'zone-a', 'zone-b', '/dev/sda1', '/dev/sdb', '1Gi', '64Mi', '0.0.0.0/0',
  'ovn.kubernetes.io/security_groups', 'hooks.kubevirt.io/hookSidecars', 'k8s.v1.cni.cncf.io/networks', 'sg.kumulus.dev/sg-0123456789abcdef0', 'ＡＢ', '', '\u0000', 'x'.repeat(300),
]

const keys = fc.constantFrom(
  'ovn.kubernetes.io/security_groups', 'ovn.kubernetes.io/port_security', 'a.mallory.ovn.kubernetes.io/logical_switch', 'hooks.kubevirt.io/hookSidecars',
  'k8s.v1.cni.cncf.io/networks', 'kumulus.dev/vpc-id', 'kumulus.dev/owner-uid', 'kumulus.dev/start-requested-at', 'kumulus.dev/reboot-requested-at', 'tag.kumulus.dev/x',
  'cdi.kubevirt.io/storage.import.endpoint', 'Name', 'kubevirt.io/created-by',
)

const text = (schema: StructuralSchema): fc.Arbitrary<unknown> => {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const known = fc.constantFrom(...hostile)
  return schema.pattern === undefined ? fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: fc.string({ maxLength: 40 }) })
    : fc.oneof(known, fc.stringMatching(new RegExp(schema.pattern)))
}

/** Anything that a schema describes, and some of what it does not. */
const anyOf = (schema: StructuralSchema): fc.Arbitrary<unknown> => {
  switch (schema.type) {
    case 'boolean': return fc.boolean()
    case 'integer':
    case 'number': return fc.integer({ min: (schema.minimum ?? 0) - 1, max: Math.min(schema.maximum ?? 1000, 70_000) + 1 })
    case 'array': return fc.array(schema.items === undefined ? fc.constant(null) : anyOf(schema.items), { maxLength: 3 })
    case 'object': return members(schema)
    default: return text(schema)
  }
}

const members = ({ properties, additionalProperties, required = [] }: StructuralSchema): fc.Arbitrary<unknown> => {
  if (properties === undefined) {
    return fc.dictionary(keys, typeof additionalProperties === 'object' ? anyOf(additionalProperties) : fc.constantFrom(...hostile), { maxKeys: 4 })
  }
  return fc.record(Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, anyOf(each)])), { requiredKeys: [...required] })
}

export const arbitraryObject: fc.Arbitrary<ArbitraryObject> = fc.constantFrom(...Object.keys(bases)).chain((kind) => {
  const properties = objectSchemaOf(kindOf(kind) as never).properties?.['spec']?.properties ?? {}
  const changes = fc.uniqueArray(fc.constantFrom(...Object.keys(properties)), { maxLength: 2, size: 'small' })
    .chain((fields) => fc.record(Object.fromEntries(fields.map((field) => [field, anyOf(properties[field] ?? {})]))))
  return fc.record({
    kind: fc.constant(kind),
    name: fc.oneof(fc.stringMatching(/^[a-z][a-z0-9-]{0,50}[a-z0-9]$/), fc.constantFrom('web', 'web-sda1', 'main-default', 'x'.repeat(63))),
    // Some are as good as they come, so that all of what follows from them is seen too.
    spec: fc.tuple(fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: changes }), fc.integer({ min: 2, max: 250 }))
      .map(([changed, block]) => ({ ...bases[kind], ...kind === 'Subnet' ? { cidrBlock: `10.0.${block}.0/24` } : {}, ...changed })),
    labels: fc.dictionary(keys, fc.constantFrom('', 'x', 'victim', 'vpc-0123456789abcdef0'), { maxKeys: 3 }),
    annotations: fc.dictionary(keys, fc.constantFrom(...hostile), { maxKeys: 3 }),
  })
})
