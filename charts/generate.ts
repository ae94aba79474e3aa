import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { generatedFiles as apiFiles, generatedFolder as apiFolder, rolesFile } from '../crds/generate.ts'
import { generate, type GeneratedFiles } from '../crds/generation/drift.ts'
import { dashboard } from './generation/dashboard.ts'
import { readmeOf } from './generation/readme.ts'
import type { ValuesSchema } from './generation/schema.ts'
import { valuesOf } from './generation/values.ts'

/**
 * Writes what the chart has of others: the API's definitions and roles, and from its schema the values and its README. With `--check` it
 * writes nothing and fails when a file differs.
 */
const chart = 'charts/kumulus'
export const chartFolders = [`${chart}/files/crds`]

export const chartFiles = (): GeneratedFiles => {
  const api = apiFiles()
  const schema = JSON.parse(readFileSync(new URL('kumulus/values.schema.json', import.meta.url), 'utf8')) as ValuesSchema
  return new Map([
    ...[...api].filter(([path]) => path.startsWith(apiFolder) && path !== rolesFile)
      .map(([path, content]) => [`${chart}/files/crds/${basename(path)}`, content] as const),
    [`${chart}/files/access/tenants.yaml`, api.get(rolesFile) ?? ''],
    [`${chart}/values.yaml`, valuesOf(schema)],
    [`${chart}/README.md`, readmeOf(schema)],
    [`${chart}/files/dashboard.json`, dashboard()],
  ])
}

if (import.meta.main) generate(chartFiles(), chartFolders)
