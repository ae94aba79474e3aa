import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Log } from '../operator/runtime/log.ts'
import type { ObjectStore } from '../operator/runtime/object-store.ts'
import { decodeData } from './certificate-secret.ts'
import type { CertificateSecret } from './certificate-secret.ts'

export type CertifiedServer = {
  /** It has a certificate and listens. */
  serving: () => boolean
  address: () => AddressInfo | undefined
  close: () => Promise<void>
}

/**
 * Makes a server listen as soon as the certificate's Secret is there, and gives it every later certificate without a restart: connections that
 * are open stay so, new ones meet the new certificate.
 */
export const serveWithCertificate = (
  server: Server,
  store: ObjectStore<CertificateSecret>,
  options: { host: string | undefined; port: number; log: Log },
): CertifiedServer => {
  const { host, port, log } = options
  let asked = false
  const load = (secret: CertificateSecret | undefined) => {
    const data = decodeData(secret)
    const cert = data?.['tls.crt']
    const key = data?.['tls.key']
    if (cert === undefined || key === undefined) return
    try {
      server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' })
    } catch {
      // The error might quote the key.
      log.error('the Secret of the admission certificate holds no usable certificate and key; going on with the one before')
      return
    }
    log.info({ version: secret?.metadata.resourceVersion }, 'certificate loaded')
    if (asked) return
    asked = true
    server.listen(port, host)
  }
  server.on('error', (error) => {
    log.fatal({ err: error }, 'the admission server cannot listen')
    process.exit(1)
  })
  const unsubscribe = store.onChange(({ next }) => load(next))
  return {
    serving: () => server.listening,
    address: () => (server.listening ? (server.address() as AddressInfo) : undefined),
    close: () => {
      unsubscribe()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
