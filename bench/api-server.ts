/** An API server as a process of its own, full of converged instances from the beginning, with nobody at work in it but what `bystander.ts` says. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { createLog } from '../operator/runtime/log.ts'
import { serveHttps } from '../sandbox/apiserver/http.ts'
import { inProcessTransport } from '../sandbox/apiserver/in-process.ts'
import { writeKubeconfig } from '../sandbox/apiserver/kubeconfig.ts'
import { createApiServer } from '../sandbox/apiserver/server.ts'
import { writeWhole } from '../sandbox/data-directory.ts'
import { bystandOn } from './bystander.ts'
import { expose } from './probe.ts'
import { launchOne } from './seed/launched.ts'
import { populate } from './seed/population.ts'

const administrator = { username: 'bench', groups: ['system:masters', 'system:authenticated'] }

const { values } = parseArgs({ options: {
  data: { type: 'string', default: '.' }, tenants: { type: 'string', default: '1' }, instances: { type: 'string', default: '0' }, state: { type: 'string', default: 'Running' },
} })
const log = createLog({ name: 'api-server', level: 'warn' })
const launched = await launchOne(values.state === 'Stopped' ? 'Stopped' : 'Running')
// The operator and those who ask for instances are told apart, as a real server would to let them take turns.
const users = ['operator', 'client', 'neighbour'].map((name) => ({ name, token: randomBytes(32).toString('base64url') }))
const server = createApiServer({
  clock: systemClock, log, tokens: new Map(users.map(({ token }) => [token, administrator])),
  restore: populate(launched, { tenants: Number(values.tenants), instances: Number(values.instances) }),
})
const client = createClient(inProcessTransport(server, administrator))
const bystander = bystandOn(server, client, systemClock, (err) => log.error({ err }, 'a DataVolume was not answered'))
expose('/milestones', (query) => bystander.of(query.get('namespace') ?? ''))
expose('/writes', () => server.revision)
expose('/applied', () => bystander.applied)
// Ends as a program that has come to its end: only then is a profile of it written.
process.once('SIGTERM', () => process.exit(0))
const https = await serveHttps(server, { now: systemClock.now() })
for (const { name, token } of users) writeKubeconfig(join(values.data, `${name}.kubeconfig`), { url: https.url, ca: https.ca, token })
await writeWhole(join(values.data, 'ready.json'), JSON.stringify({ pid: process.pid }))
