import { celEnv, CelScalar } from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { lists } from './lists.ts'
import { network } from './network.ts'
import { opaqueRegistry } from './opaque.ts'
import { optionals } from './optionals.ts'
import { quantities } from './quantities.ts'
import { re2, regex } from './regex.ts'
import { urls } from './urls.ts'

/** Kubernetes' functions, for every kind of expression. */
export const functions = [...strings, ...network, ...quantities, ...urls, ...lists, ...regex, ...optionals]

/** What a validation rule of a CustomResourceDefinition may use. */
export const environment = celEnv({
  registry: opaqueRegistry,
  re2,
  funcs: functions,
  variables: { self: CelScalar.DYN, oldSelf: CelScalar.DYN },
})
