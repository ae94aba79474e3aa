import { Agent, request } from 'undici'
import type { CallWebhook } from './types.ts'

/** What the largest answer of a webhook may be, as in a real server: 3 MiB. */
const maxAnswer = 3 * 1024 * 1024

/**
 * Calls webhooks over HTTPS, with one pool of connections for each certificate authority and server name.
 *
 * @returns the caller, and how to close its connections.
 */
export const createHttpsCaller = (): { call: CallWebhook; close: () => Promise<void> } => {
  const agents = new Map<string, Agent>()
  const agentFor = (ca: string | undefined, serverName: string | undefined): Agent => {
    const key = JSON.stringify([ca, serverName])
    let agent = agents.get(key)
    if (agent === undefined) {
      const trust = { ...(ca === undefined ? {} : { ca }), ...(serverName === undefined ? {} : { servername: serverName }) }
      // The webhook's own timeout decides, by the clock of the server.
      agent = new Agent({ connect: trust, bodyTimeout: 0, headersTimeout: 0 })
      agents.set(key, agent)
    }
    return agent
  }
  return {
    call: async ({ url, ca, serverName, body, signal }) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: agentFor(ca, serverName) })
      return { status: answer.statusCode, body: await readLimited(answer.body) }
    },
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

const readLimited = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxAnswer) throw new Error('the webhook response is larger than 3 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
