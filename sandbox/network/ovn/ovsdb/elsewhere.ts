import { createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { connectStream } from './client.ts'

/**
 * Serves at the path of a socket what answers at another address, for programs that can't reach that. Ends with this process, which it doesn't keep
 * from ending; who connects while nobody answers there is let go and may come again.
 */
export const serveElsewhere = (path: string, server: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const listener = createServer((inner) => {
      inner.on('error', () => {})
      connectStream(server).then((outer) => {
        pipeline(inner, outer, () => {})
        pipeline(outer, inner, () => {})
      }, () => inner.destroy())
    })
    listener.unref()
    listener.once('error', reject)
    listener.listen(path, resolve)
  })
