import test from 'ava'
import { brokenRules, compileRule, escapeName, evaluate, RuleError, undefinedFields } from './index.ts'
import { libraryCases } from './library.cases.ts'
import type { StructuralSchema } from '../structural-schema.ts'

const text: StructuralSchema = { type: 'string' }

for (const [expression, expected] of libraryCases) {
  test(`${expression} is ${expected === 'error' ? 'an error' : expected}`, t => {
    const result = evaluate(compileRule(expression), { self: 'x' }, text)
    t.is('error' in result ? 'error' : result.ok, expected, 'error' in result ? result.error : undefined)
  })
}

const notTaken: [string, RegExp][] = [
  ['self.?a == 1', /optional syntax is not supported here: use has\(\)/],
  ['self[?0] == 1', /optional syntax is not supported here/],
  ['nope(self)', /function nope is not known here/],
  ['self.nope()', /function self\.nope is not known here/],
  ['self == other', /undeclared reference to 'other'/],
  ['[1].all(i, j == 1)', /undeclared reference to 'j'/],
  ['[1].all(i, v, v == 1)', /all is not known here/],
  ['self ==', /can't be used/],
  ['', /can't be used/],
]
for (const [expression, expected] of notTaken) {
  test(`The rule ${JSON.stringify(expression)} is refused when it is compiled, never passed over`, t => {
    t.throws(() => compileRule(expression), { instanceOf: RuleError, message: expected })
  })
}

test('optionalOldSelf makes oldSelf optional, and needs a rule that uses it', t => {
  const rule = compileRule({ rule: "oldSelf.orValue('new') == self", optionalOldSelf: true })
  t.deepEqual(evaluate(rule, { self: 'new' }, text), { ok: true })
  t.deepEqual(evaluate(rule, { self: 'x', oldSelf: 'x' }, text), { ok: true })
  t.like(evaluate(rule, { self: 'x', oldSelf: 'y' }, text), { ok: false })
  t.throws(() => compileRule({ rule: 'true', optionalOldSelf: true }), { message: /needs a rule that uses oldSelf/ })
})

test('A transition rule holds on creation', t => t.deepEqual(evaluate(compileRule('self == oldSelf'), { self: 'x' }, text), { ok: true }))

test('A message expression gives the message, and gives way to the message when it fails', t => {
  const told = (messageExpression: string) => evaluate(compileRule({ rule: 'false', message: 'plain', messageExpression }), { self: 'x' }, text)
  t.deepEqual(told("'not ' + self"), { ok: false, message: 'not x' })
  t.deepEqual(told("['a'][3]"), { ok: false, message: 'plain' })
  t.deepEqual(evaluate(compileRule('false'), { self: 'x' }, text), { ok: false, message: 'failed rule: false' })
})

test('A rule that gives no bool is an error', t => t.like(evaluate(compileRule('self'), { self: 'x' }, text), { error: 'the rule gave string, not bool' }))

test('Values have the types of their schema', t => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      count: { type: 'integer' }, ratio: { type: 'number' }, since: { type: 'string', format: 'date-time' }, wait: { type: 'string', format: 'duration' },
      data: { type: 'string', format: 'byte' }, port: { 'x-kubernetes-int-or-string': true }, labels: { type: 'object', additionalProperties: { type: 'string' } },
      any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, 'a-b': { type: 'integer' }, namespace: { type: 'string' },
    },
  }
  const self = {
    count: 3, ratio: 3, since: '2026-01-01T00:00:00Z', wait: '1h30m', data: 'aGk=', port: 80, labels: { 'a-b': 'c' }, any: { deep: [1] }, 'a-b': 1,
    namespace: 'n', unknown: 1,
  }
  for (const rule of [
    'type(self.count) == int', 'type(self.ratio) == double', "self.since < timestamp('2027-01-01T00:00:00Z')", "self.wait == duration('90m')",
    "self.data == b'hi'", 'type(self.port) == int && self.port == 80', "self.labels['a-b'] == 'c' && self.labels.all(k, k == 'a-b')", 'self.any.deep[0] == 1',
    "self.a__dash__b == 1 && self.__namespace__ == 'n'", '!has(self.unknown)',
  ]) t.deepEqual(evaluate(compileRule(rule), { self }, schema), { ok: true }, rule)
})

test('Field names are escaped as Kubernetes escapes them', t => {
  t.deepEqual(['a.b', 'a-b', 'a/b', 'a__b', 'namespace', 'plain'].map(escapeName), ['a__dot__b', 'a__dash__b', 'a__slash__b', 'a__underscores__b', '__namespace__', 'plain'])
})

test('Of metadata, rules on the whole object see the name alone', t => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: { apiVersion: text, kind: text, metadata: { type: 'object' } },
    'x-kubernetes-validations': [{ rule: "self.metadata.name == 'a' && !has(self.metadata.labels)" }],
  }
  t.deepEqual(brokenRules(schema, { apiVersion: 'v1', kind: 'T', metadata: { name: 'a', labels: { b: 'c' } } }), [])
})

const entries = (listType: 'map' | 'atomic'): StructuralSchema => ({
  type: 'array',
  'x-kubernetes-list-type': listType,
  ...listType === 'map' ? { 'x-kubernetes-list-map-keys': ['name'] } : {},
  items: { type: 'object', properties: { name: text, value: text }, 'x-kubernetes-validations': [{ rule: 'self.value == oldSelf.value', message: 'stays' }] },
})

test('Entries of a list of type map are compared by key, those of other lists not at all', t => {
  const [before, after] = [[{ name: 'a', value: '1' }, { name: 'b', value: '2' }], [{ name: 'b', value: '2' }, { name: 'a', value: '9' }, { name: 'c', value: '3' }]]
  t.deepEqual(brokenRules(entries('map'), after, before).map(({ path, message }) => ({ path, message })), [{ path: '[1]', message: 'stays' }])
  t.deepEqual(brokenRules(entries('atomic'), after, before), [])
})

test('A value that was wrong before and has not changed is not held against an update', t => {
  const schema: StructuralSchema = { type: 'object', properties: { a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'false', message: 'no' }] } } }
  t.is(brokenRules(schema, { a: 'x' }).length, 1)
  t.is(brokenRules(schema, { a: 'y' }, { a: 'x' }).length, 1)
  t.is(brokenRules(schema, { a: 'x' }, { a: 'x' }).length, 0)
})

test('A rule that can\'t be evaluated breaks the object, with its message and the reason', t => {
  const schema: StructuralSchema = { type: 'string', 'x-kubernetes-validations': [{ rule: "int(self) > 0", message: 'a number' }] }
  t.regex(brokenRules(schema, 'x')[0]?.message ?? '', /^a number \(the rule could not be evaluated: /)
})

test('Fields that a schema does not have are found wherever a rule reaches them', t => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      'a-b': text, list: { type: 'array', items: { type: 'object', properties: { name: text } } }, map: { type: 'object', additionalProperties: { type: 'object', properties: { n: text } } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  }
  const found = (rule: string) => undefinedFields({ rule }, schema)
  for (const good of [
    "self.a__dash__b == 'x'", 'self.list.all(e, has(e.name))', 'self.list[0].name == oldSelf.list[0].name', 'self.map.all(k, self.map[k].n == k)', "self.map.x.n == 'y'",
    'self.free.what.ever == 1', 'self.list.filter(e, true).size() == 1', '[self, oldSelf].all(s, has(s.list))',
  ]) t.deepEqual(found(good), [], good)
  for (const bad of [
    'has(self.typo)', 'oldSelf.typo == 1', 'self.list.all(e, has(e.typo))', 'self.list[0].typo == 1', "self.map['k'].typo == 1", 'self.list.exists(e, self.typo == e)',
    '(true ? self : oldSelf).typo == 1', '[self].all(s, has(s.typo))', 'self.list.all(e, self.list.exists(o, o.typo == e.name))',
  ]) t.deepEqual(found(bad), ["undefined field 'typo'"], bad)
})
