import { z } from 'zod'
import type { ValidationRule } from './structural-schema.ts'

/**
 * The few field shapes that our schemas are written in. Each one carries its description and its bounds, because the generator of the
 * CustomResourceDefinitions refuses a field without them: unbounded fields make CEL rules too dear for an API server.
 */

type Described = { description: string; rules?: readonly ValidationRule[] }

/** @param message - names the field and the way out: it is all that the user sees. */
export const rule = (expression: string, message: string, more: Omit<ValidationRule, 'rule' | 'message'> = {}): ValidationRule =>
  ({ rule: expression, message, ...more })

/** `meta` of a zod schema: the description and what only Kubernetes knows. */
export const meta = ({ description, rules = [] }: Described, more: Record<string, unknown> = {}) => ({
  description,
  ...more,
  ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
})

/** A regular expression (RE2) that a string must match, and how to say so. */
export type Shape = { pattern: string; message: string }

/**
 * A string of at most `max` characters. Its shape becomes a CEL rule rather than a `pattern`, of which users would be shown nothing but the
 * regular expression.
 */
export const text = (options: Described & { max: number; min?: number; shape?: Shape; format?: string }) => {
  const { shape, rules = [], min = 0, max, format, description } = options
  const shapes = shape === undefined ? [] : [rule(`self.matches(r'${shape.pattern}')`, shape.message)]
  return z.string().min(min).max(max).meta(meta({ description, rules: [...shapes, ...rules] }, format === undefined ? {} : { format }))
}

/** A whole number with both bounds. */
export const integer = (options: Described & { min: number; max: number }) =>
  z.int().min(options.min).max(options.max).meta(meta(options))

export const flag = (description: string) => z.boolean().meta({ description })

/** One of a few names. */
export const choice = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values).meta({ description })

/** RFC 3339 date and time, in UTC. */
export const dateTime = (description: string) => text({ description, max: 64, format: 'date-time' })

/** @param keys - makes it a list-type map: entries are told apart by these fields, so that two writers may own one entry each. */
export const list = <T extends z.ZodType>(item: T, options: Described & { max: number; min?: number; keys?: readonly string[] }) =>
  z.array(item).min(options.min ?? 0).max(options.max).meta(meta(options, options.keys === undefined
    ? { 'x-kubernetes-list-type': 'atomic' }
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': options.keys }))

/** A list of distinct strings, merged by value. */
export const setOf = <T extends z.ZodType>(item: T, options: Described & { max: number; min?: number }) =>
  z.array(item).min(options.min ?? 0).max(options.max).meta(meta(options, { 'x-kubernetes-list-type': 'set' }))

/** An object with described fields. */
export const struct = <T extends z.ZodRawShape>(options: Described | string, shape: T) =>
  z.object(shape).meta(meta(typeof options === 'string' ? { description: options } : options))

const subdomain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'

/** The name of another object. */
export const objectName = (description: string, max = 253) => text({
  description,
  min: 1,
  max,
  shape: { pattern: `^${subdomain}$`, message: 'must be the name of an object: small letters, digits, hyphens and dots, for example web-1' },
})

/** The name of a namespace. */
export const namespaceName = (description: string) =>
  text({
    description,
    min: 1,
    max: 63,
    shape: { pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', message: 'must be the name of a namespace: small letters, digits and hyphens' },
  })

/** A reference to an object of the same namespace. @param kind - what it refers to, as in `Subnet`. */
export const refTo = (kind: string, description: string) =>
  struct(description, { name: objectName(`Name of the ${kind}, in the same namespace.`) })

/** A reference that may name another namespace. */
export const refAcross = (kind: string, description: string, namespaceNote: string) =>
  struct(description, {
    name: objectName(`Name of the ${kind}.`),
    namespace: namespaceName(`Namespace of the ${kind}; left out, the same namespace. ${namespaceNote}`).exactOptional(),
  })

/**
 * A size in bytes as a Kubernetes quantity, for example 20Gi (Ki = 1,024 bytes) or 500M (M = 1,000,000 bytes).
 * @param label - field name for the message.
 */
export const bytes = (label: string, options: Described & { min: string; max: string }) =>
  text({
    description: `${options.description} Bytes as a Kubernetes quantity, from ${options.min} to ${options.max}.`,
    min: 1,
    max: 20,
    rules: [
      rule(
        `self.matches(r'${byteQuantity}') && quantity(self).compareTo(quantity('${options.min}')) >= 0` +
          ` && quantity(self).compareTo(quantity('${options.max}')) <= 0`,
        `${label} must be from ${options.min} to ${options.max}, with a unit of Kubernetes' (Gi and G, not GB), for example ${label}: 20Gi`,
      ),
      ...options.rules ?? [],
    ],
  })

const byteQuantity = '^[1-9][0-9]{0,14}([.][0-9]{1,3})?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$'

/** A size in bytes that the operator reports. */
export const reportedBytes = (description: string) => text({ description: `${description} Bytes as a Kubernetes quantity.`, max: 32 })

/** An AZ is the value of the node label topology.kubernetes.io/zone. */
export const zoneName = (description: string) =>
  text({ description: `${description} The value of the node label topology.kubernetes.io/zone.`, min: 1, max: 63, shape: {
    pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$', message: 'must be the name of a zone: letters, digits, hyphens and dots, for example zone-a',
  } })

/** EC2's device names: /dev/sda to /dev/sdz, optionally a partition, or Xen's. */
export const deviceName = (description: string) =>
  text({ description, min: 1, max: 32, shape: {
    pattern: '^/dev/(sd[a-z](1[0-5]|[1-9])?|xvd([a-z]|[b-d][a-z]))$', message: 'must be a device name, for example /dev/sda1, /dev/sdf or /dev/xvdb',
  } })

/** An ID as we report it, for example `i-0123456789abcdef0`. */
export const reportedID = (description: string) => text({ description, max: 64 })

/** EC2's limits: 50 tags, keys of 128 and values of 256 characters. */
export const tags = () => tagMap('tags', 'Names and values of your own, at most 50. Keys have 1 to 128 characters, values at most 256. Never become labels.')

/** Tags in another place. @param label - field name for the message. */
export const tagMap = (label: string, description: string) =>
  z.record(z.string(), z.string().max(256).meta({ description: 'Value of the tag.' })).meta(meta({
    description,
    rules: [rule("self.all(key, size(key) >= 1 && size(key) <= 128)", `${label}: every key must have 1 to 128 characters: shorten it`)],
  }, { maxProperties: 50, 'x-kubernetes-map-type': 'granular' })).exactOptional()

/** What every kind's status has. */
export const statusFields = () => ({
  observedGeneration: integer({
    description: 'metadata.generation of the spec that this status speaks of; -1 until the operator has looked at the object.',
    min: -1,
    max: 2 ** 52,
  }),
  conditions: list(condition(), {
    description: 'Ready always; Reconciling while work goes on; Stalled while you must act, with a message that says what to do.',
    max: 16,
    keys: ['type'],
  }).exactOptional(),
})

const condition = () => struct('One aspect of the state, as the Kubernetes API conventions define it.', {
  type: text({ description: 'Name of the aspect, PascalCase.', min: 1, max: 316 }),
  status: choice(['True', 'False', 'Unknown'], 'Whether the aspect holds.'),
  reason: text({ description: 'Why, in one PascalCase word for programs.', min: 1, max: 1024 }),
  message: text({ description: 'Why, in words for people.', max: 32768 }),
  observedGeneration: integer({ description: 'metadata.generation that this condition speaks of.', min: -1, max: 2 ** 52 }),
  lastTransitionTime: dateTime('When status last changed, RFC 3339 in UTC.'),
})
