import { create, createFileRegistry, createRegistry, type DescMessage, type Message } from '@bufbuild/protobuf'
import { FieldDescriptorProto_Label, FieldDescriptorProto_Type, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { objectType, type CelType, type CelValue } from '@bufbuild/cel'

/**
 * The evaluator knows its own types and protobuf messages, nothing else. Kubernetes' types (an IP, a quantity, …) are therefore messages of
 * one string field: their canonical text, so that two equal values are equal messages.
 */
export type Opaque = { type: CelType; of: (text: string) => Message; textOf: (value: CelValue) => string }

const names = ['net.IP', 'net.CIDR', 'kubernetes.Quantity', 'kubernetes.URL', 'optional_type'] as const

const file = create(FileDescriptorProtoSchema, {
  name: 'kubernetes/cel.proto',
  syntax: 'proto3',
  messageType: names.map(name => ({
    name: name.replaceAll('.', '_'),
    field: [{ name: 'text', number: 1, label: FieldDescriptorProto_Label.OPTIONAL, type: FieldDescriptorProto_Type.STRING, jsonName: 'text' }],
  })),
})

const files = createFileRegistry(file, () => undefined)

const descriptorOf = (name: (typeof names)[number]): DescMessage => {
  const descriptor = files.getMessage(name.replaceAll('.', '_'))
  if (descriptor === undefined) throw new Error(`no descriptor of ${name}`)
  return descriptor
}

const opaque = (name: (typeof names)[number]): Opaque => {
  const descriptor = descriptorOf(name)
  return {
    type: objectType(descriptor),
    of: text => create(descriptor, { text }),
    textOf: value => (value as unknown as { message: { text: string } }).message.text,
  }
}

export const IP = opaque('net.IP')
export const CIDR = opaque('net.CIDR')
export const Quantity = opaque('kubernetes.Quantity')
export const URLValue = opaque('kubernetes.URL')
export const Optional = opaque('optional_type')

export const opaqueRegistry = createRegistry(...names.map(descriptorOf))
