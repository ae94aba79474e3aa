import { randomUUID } from 'node:crypto'
import { createServer } from 'node:https'
import { hostname } from 'node:os'
import { controllers } from '../operator/controllers.ts'
import { parseFlags } from '../operator/flags.ts'
import { runProcess } from '../operator/process.ts'
import { viewInformers } from '../operator/resources/view.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { parseAddress } from '../operator/runtime/health.ts'
import { createRuntime } from '../operator/runtime/runtime.ts'
import { checkCommon, commonFlags, settingsOf } from '../operator/settings-flags.ts'
import { certificateInformer } from './certificate-secret.ts'
import { measureAdmission } from './metrics.ts'
import { admissionApp } from './server.ts'
import { serveWithCertificate } from './tls.ts'
import { createValidation } from './validation.ts'

const flags = {
  ...commonFlags,
  'metrics-address': { ...commonFlags['metrics-address'], default: ':8082' },
  'probe-address': { ...commonFlags['probe-address'], default: ':8083' },
  'listen-address': { type: 'string', value: 'HOST:PORT', default: ':9443', description: 'where AdmissionReviews are answered, over HTTPS' },
} as const

const parse = () => {
  const program = { name: 'admission', summary: 'The Kumulus admission server: judges objects at the door, by what no CustomResourceDefinition can see.' }
  const values = parseFlags(program, flags, process.argv.slice(2), process.env)
  checkCommon(values)
  parseAddress(values['listen-address'])
  return values
}

/** The admission server: wiring, and nothing else. */
await runProcess('admission', parse, async ({ flags: given, transport, log, metrics }) => {
  const settings = settingsOf(given)
  const seed = Number.parseInt(randomUUID().slice(0, 8), 16)
  const runtime = createRuntime({ transport, clock: systemClock, log, metrics, identity: hostname(), seed })
  for (const spec of viewInformers) runtime.informer(spec)
  const certificate = runtime.informer(certificateInformer(settings.operatorNamespace))
  const finalizers = Object.fromEntries(controllers(settings).flatMap(({ kind, finalizer }) => (finalizer === undefined ? [] : [[kind, finalizer]])))
  const validate = createValidation({ cache: runtime.cache, client: runtime.client, clock: systemClock, settings })
  const judged = measureAdmission(metrics.registry, certificate.store)
  const app = admissionApp({ validate, finalizers, ready: () => runtime.synced, log, judged })
  const server = serveWithCertificate(createServer(app), certificate.store, { ...parseAddress(given['listen-address']), log })
  runtime.start()
  return {
    ready: { caches: () => runtime.synced, certificate: server.serving },
    stop: async () => {
      await server.close()
      await runtime.stop()
    },
  }
})
