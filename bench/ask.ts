import { get } from 'node:http'
import type { Usage } from './probe.ts'

/** Asks a measured process at its probe's socket. */
export const ask = <T>(socketPath: string, path: string): Promise<T> => new Promise((resolve, reject) => {
  get({ socketPath, path }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('error', reject).on('end', () => {
      if (response.statusCode === 200) resolve(JSON.parse(text) as T)
      else reject(new Error(`${path} was answered ${response.statusCode}`))
    })
  }).on('error', reject)
})

/** @param collect - garbage is collected first, so that memory is what is in use. */
export const usageOf = (socketPath: string, collect = false): Promise<Usage> => ask<Usage>(socketPath, `/usage${collect ? '?collect' : ''}`)

/** Bytes that are in use, on the heap and outside of it. */
export const heldBy = ({ heap, external }: Usage): number => heap + external
