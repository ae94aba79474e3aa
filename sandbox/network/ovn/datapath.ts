import { createConnection } from 'node:net'

/**
 * Makes a switch forget what it has decided about packets, so that the next one of each flow is judged by the rules that there are now. It would
 * come to that by itself, but some milliseconds, on a busy machine half a second, after it has said that it has the rules. What it knows of
 * connections stays.
 * @param socket - path of the control socket of ovs-vswitchd.
 */
export const forgetDecisions = (socket: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const connection = createConnection(socket)
    let answer = ''
    connection.setEncoding('utf8')
    connection.once('error', reject)
    connection.on('data', (chunk: string) => {
      answer += chunk
      const message = complete(answer)
      if (message === undefined) return
      connection.destroy()
      if (message.error === null) resolve()
      else reject(new Error(`Open vSwitch does not revalidate: ${JSON.stringify(message.error)}`))
    })
    connection.once('close', () => reject(new Error('Open vSwitch ended the connection')))
    connection.write(JSON.stringify({ method: 'revalidator/purge', params: [], id: 0 }))
  })

const complete = (text: string): { error: unknown } | undefined => {
  try {
    return JSON.parse(text) as { error: unknown }
  } catch {
    return undefined
  }
}
