import express from 'express'
import type { Express, NextFunction, Request, Response } from 'express'
import type { Log } from '../operator/runtime/log.ts'
import { mutate } from './review.ts'
import type { AdmissionRequest, AdmissionResponse } from './review.ts'
import type { Judged } from './metrics.ts'

export type AdmissionServerOptions = {
  validate: (request: AdmissionRequest) => Promise<AdmissionResponse>
  /** Kind → the finalizer that its controller uses. */
  finalizers: Readonly<Record<string, string>>
  /** The stores hold everything that there is. Before, requests are answered 503 and the failurePolicy decides. */
  ready: () => boolean
  log: Log
  judged: Judged
}

/** Larger than the largest object that an API server stores, with its old self. */
const BODY_LIMIT = '7mb'

/** Answers `admission.k8s.io/v1` AdmissionReviews at `/validate` and `/mutate`. Logs who asked what and the verdict, never an object. */
export const admissionApp = (options: AdmissionServerOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.json({ limit: BODY_LIMIT, type: () => true }))
  app.post('/validate', reviewer(options, 'validate', options.validate))
  app.post('/mutate', reviewer(options, 'mutate', (request) => mutate(request, options.finalizers)))
  // Four parameters are how Express knows an error handler. A body that is not JSON must not come back in the answer.
  app.use((error: { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
    options.log.warn({ status: error.status ?? 500 }, 'a request could not be read')
    response.status(error.status ?? 500).json({ message: 'the request could not be read' })
  })
  return app
}

type Review = {
  apiVersion?: string
  kind?: string
  request?: AdmissionRequest & { namespace?: string; name?: string; resource?: { resource?: string } }
}

const reviewer = (options: AdmissionServerOptions, webhook: 'validate' | 'mutate', judge: (request: AdmissionRequest) => AdmissionResponse | Promise<AdmissionResponse>) =>
  async (incoming: Request, outgoing: Response): Promise<void> => {
    if (!options.ready()) return void outgoing.status(503).json({ message: 'not ready: still reading what there is' })
    const { apiVersion, kind, request } = (incoming.body ?? {}) as Review
    if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview' || typeof request?.uid !== 'string') {
      return void outgoing.status(400).json({ message: 'send an AdmissionReview of admission.k8s.io/v1' })
    }
    const response = await judge(request)
    options.judged(webhook, response.allowed)
    const { operation, namespace, name, resource } = request
    options.log.debug({ operation, resource: resource?.resource, namespace, name, allowed: response.allowed }, 'judged')
    outgoing.json({ apiVersion, kind, response })
  }
