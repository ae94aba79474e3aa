import test from 'ava'
import { brokenRules, evaluations } from '../cel/index.ts'
import { objectSchemaOf } from '../generation/custom-resource-definition.ts'
import { objectOf, type RuleCases } from '../rule-cases.ts'
import type { StructuralSchema, ValidationRule } from '../structural-schema.ts'
import { elasticIPCases } from './elastic-ip.cases.ts'
import { imageCases } from './image.cases.ts'
import { everyDefinition } from './index.ts'
import { instanceActionCases } from './instance-action.cases.ts'
import { instanceTypeCases } from './instance-type.cases.ts'
import { instanceCases } from './instance.cases.ts'
import { internetGatewayCases } from './internet-gateway.cases.ts'
import { keyPairCases } from './key-pair.cases.ts'
import { kumulusCases } from './kumulus.cases.ts'
import { natGatewayCases } from './nat-gateway.cases.ts'
import { networkACLCases } from './network-acl.cases.ts'
import { networkInterfaceCases } from './network-interface.cases.ts'
import { prefixListCases } from './prefix-list.cases.ts'
import { publicIPPoolCases } from './public-ip-pool.cases.ts'
import { reachabilityAnalysisCases } from './reachability-analysis.cases.ts'
import { routeTableCases } from './route-table.cases.ts'
import { securityGroupCases } from './security-group.cases.ts'
import { snapshotScheduleCases } from './snapshot-schedule.cases.ts'
import { snapshotCases } from './snapshot.cases.ts'
import { subnetCases } from './subnet.cases.ts'
import { volumeAttachmentCases } from './volume-attachment.cases.ts'
import { volumeTypeCases } from './volume-type.cases.ts'
import { volumeCases } from './volume.cases.ts'
import { vpcPeeringCases } from './vpc-peering.cases.ts'
import { vpcCases } from './vpc.cases.ts'

const tables: readonly RuleCases[] = [
  imageCases, instanceCases, instanceActionCases, instanceTypeCases, keyPairCases, kumulusCases,
  securityGroupCases, snapshotCases, snapshotScheduleCases, subnetCases, volumeCases,
  volumeAttachmentCases, volumeTypeCases, vpcCases,
  elasticIPCases, internetGatewayCases, natGatewayCases, networkACLCases, networkInterfaceCases, prefixListCases, publicIPPoolCases,
  reachabilityAnalysisCases, routeTableCases, vpcPeeringCases,
]

for (const table of tables) {
  const { kind } = table.definition
  const schema = objectSchemaOf(table.definition)
  for (const each of table.cases) {
    test(`${/^[AIEOU]/.test(kind) ? 'An' : 'A'} ${kind} ${each.title} ${each.refused === undefined ? 'is accepted' : 'is refused with the way out'}`, t => {
      const messages = brokenRules(schema, ...objectsOf(table, each)).map(({ path, message }) => `${path}: ${message}`)
      if (each.refused === undefined) t.deepEqual(messages, [])
      else t.true(messages.some(message => message.includes(each.refused ?? '')), `said: ${messages.join('; ') || '(nothing)'}`)
    })
  }

  test(`Every CEL rule of ${kind} is seen to hold and to refuse`, t => {
    const seen = table.cases.flatMap(each => evaluations(schema, ...objectsOf(table, each)))
    const texts = (ok: boolean) => new Set(seen.filter(({ result }) => 'ok' in result && result.ok === ok).map(({ rule }) => keyOf(rule)))
    const [held, refused] = [texts(true), texts(false)]
    for (const rule of rulesOf(schema)) {
      t.true(held.has(keyOf(rule)), `no case in which this rule holds: ${rule.rule}`)
      t.true(refused.has(keyOf(rule)), `no case that this rule refuses: ${rule.rule} (${rule.message})`)
    }
  })
}

test('Every kind has cases', t => {
  t.deepEqual(tables.map(({ definition }) => definition.kind).sort(), everyDefinition.map(({ kind }) => kind).sort())
})

const objectsOf = (table: RuleCases, { spec, was, name }: RuleCases['cases'][number]): [unknown, unknown?] =>
  was === undefined ? [objectOf(table, spec, name)] : [objectOf(table, spec, name), objectOf(table, was, name)]

const keyOf = (rule: ValidationRule): string => `${rule.rule}\n${rule.message}`

const rulesOf = (schema: StructuralSchema): ValidationRule[] => [
  ...schema['x-kubernetes-validations'] ?? [],
  ...Object.values(schema.properties ?? {}).flatMap(rulesOf),
  ...schema.items === undefined ? [] : rulesOf(schema.items),
  ...typeof schema.additionalProperties === 'object' ? rulesOf(schema.additionalProperties) : [],
]
