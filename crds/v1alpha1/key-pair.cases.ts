import type { RuleCases } from '../rule-cases.ts'
import { keyPair } from './key-pair.ts'
import { fixed, tagCases } from './tags.cases.ts'

const mine = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9rXvYzvY0Yk7pB1W6L8rQb6nKjVJm0c1m1c3m1c3m1 me@example.com'
const other = mine.replace('me@', 'you@')

export const keyPairCases: RuleCases = {
  definition: keyPair,
  base: { publicKey: mine },
  cases: [
    { title: 'with a key of one\'s own' },
    ...tagCases,
    { title: 'with words for a key', spec: { publicKey: 'my key, please let me in' }, refused: 'publicKey must be one line in OpenSSH format' },
    { title: 'with two lines', spec: { publicKey: `${mine}\n${mine}` }, refused: 'publicKey must be one line in OpenSSH format' },
    { title: 'with a line that ends', spec: { publicKey: `${mine}\n` } },
    { title: 'to be made', spec: { publicKey: undefined, generate: { type: 'rsa' } } },
    { title: 'with neither', spec: { publicKey: undefined }, refused: 'spec: a KeyPair needs exactly one of publicKey' },
    { title: 'with both', spec: { generate: {} }, refused: 'spec: a KeyPair needs exactly one of publicKey' },
    ...fixed('publicKey', mine, other),
    { title: 'whose made key stays', spec: { publicKey: undefined, generate: {}, tags: { a: 'b' } }, was: { publicKey: undefined, generate: {} } },
    { title: 'whose made key changes its type', spec: { publicKey: undefined, generate: { type: 'rsa' } }, was: { publicKey: undefined, generate: {} },
      refused: 'spec.generate: generate is immutable' },
    { title: 'that is to be made instead', spec: { publicKey: undefined, generate: {} }, was: {}, refused: 'spec.publicKey: publicKey is immutable, also when it was left out' },
  ],
}
