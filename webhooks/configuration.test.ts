import test from 'ava'
import { definitions } from '../crds/v1alpha1/index.ts'
import { hostsOf, webhookConfigurations } from './configuration.ts'

type Webhook = {
  name: string
  failurePolicy: string
  sideEffects: string
  timeoutSeconds: number
  clientConfig: { url?: string; service?: object; caBundle: string }
  rules: { operations: string[]; resources: string[]; scope: string }[]
}
const webhooksOf = (endpoint: Parameters<typeof hostsOf>[0]) =>
  webhookConfigurations(endpoint, 'PEM').flatMap(({ webhooks }) => webhooks) as unknown as Webhook[]

test('every kind is judged when it is created and changed, in its scope', (t) => {
  const judging = webhooksOf({ url: 'https://127.0.0.1:9443' }).find(({ name }) => name === 'validate.kumulus.dev')
  for (const { plural, namespaced } of definitions) {
    t.true(judging?.rules.some(({ resources, scope }) => resources.includes(plural) && scope === (namespaced ? 'Namespaced' : 'Cluster')), plural)
  }
})

test('a webhook that is down keeps nobody from working, but lets no protected object be deleted', (t) => {
  for (const { name, rules, failurePolicy } of webhooksOf({ url: 'https://127.0.0.1:9443' })) {
    const deletes = rules.some(({ operations }) => operations.includes('DELETE'))
    t.is(failurePolicy, deletes ? 'Fail' : 'Ignore', name)
  }
})

test('no webhook has side effects or takes long', (t) => {
  t.true(webhooksOf({ url: 'https://127.0.0.1:9443' }).every(({ sideEffects, timeoutSeconds }) => sideEffects === 'None' && timeoutSeconds <= 5))
})

test('the admission server is reached by URL or by Service, and its certificate is for just that', (t) => {
  t.is(webhooksOf({ url: 'https://127.0.0.1:9443' })[0]?.clientConfig.url, 'https://127.0.0.1:9443/validate')
  t.deepEqual(hostsOf({ url: 'https://[::1]:9443/' }), ['::1'])
  const service = { namespace: 'kumulus-system', name: 'admission' }
  t.deepEqual(webhooksOf({ service })[0]?.clientConfig, {
    caBundle: Buffer.from('PEM').toString('base64'), service: { ...service, path: '/validate', port: 443 },
  })
  t.true(hostsOf({ service }).includes('admission.kumulus-system.svc'))
})
