import type { KubeObject } from '../../../crds/kubernetes.ts'
import { controllers } from '../../../operator/controllers.ts'
import { viewInformers } from '../../../operator/resources/view.ts'
import type { Clock } from '../../../operator/runtime/clock.ts'
import { silentLog } from '../../../operator/runtime/log.ts'
import { createRuntime, type Runtime } from '../../../operator/runtime/runtime.ts'
import type { Transport } from '../../../operator/runtime/transport.ts'
import type { CallWebhook, WebhookCall } from '../../../sandbox/apiserver/admission/webhooks.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import type { ApiServer } from '../../../sandbox/apiserver/server.ts'
import { type AdmissionRequest, mutate } from '../../../webhooks/review.ts'
import { createValidation } from '../../../webhooks/validation.ts'
import { admissionUser } from '../../access.ts'
import { operatorSettings } from '../operator-process.ts'

/** An admission server as `webhooks/main.ts` wires it, without its HTTPS, that can be down. */
export type AdmissionServer = {
  call: CallWebhook
  /** Begins to watch what its verdicts look into, with the rights that the chart gives it. */
  start: (server: ApiServer, clock: Clock, wrap?: (transport: Transport) => Transport) => void
  /** Whether it answers. */
  up: boolean
  stop: () => Promise<void>
}

const finalizers = Object.fromEntries(
  controllers(operatorSettings).flatMap(({ kind, finalizer }) => finalizer === undefined ? [] : [[kind, finalizer]]))

/** Answers a call as `webhooks/main.ts` would, out of a process's stores. Its second look at a refusal comes at once. */
export const answerReview = async ({ cache, client }: Pick<Runtime, 'cache' | 'client'>, { url, body }: Pick<WebhookCall, 'url' | 'body'>) => {
  const { apiVersion, kind, request } = JSON.parse(body) as KubeObject & { request: AdmissionRequest }
  const validate = createValidation({ cache, client, clock: { sleep: () => Promise.resolve() }, settings: operatorSettings })
  const response = new URL(url).pathname === '/mutate' ? mutate(request, finalizers) : await validate(request)
  return { status: 200, body: JSON.stringify({ apiVersion, kind, response }) }
}

export const createAdmissionServer = (up: boolean): AdmissionServer => {
  let runtime: Runtime | undefined
  const admission: AdmissionServer = {
    up,
    call: async (call) => {
      if (!admission.up || runtime?.synced !== true) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 9443 })
      return answerReview(runtime, call)
    },
    start: (server, clock, wrap = (transport) => transport) => {
      runtime = createRuntime({ transport: wrap(inProcessTransport(server, admissionUser)), clock, log: silentLog, identity: 'admission' })
      for (const spec of viewInformers) runtime.informer(spec)
      runtime.start()
    },
    stop: async () => runtime?.stop(),
  }
  return admission
}
