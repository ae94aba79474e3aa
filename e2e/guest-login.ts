import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../operator/runtime/clock.ts'

const run = promisify(execFile)

/** Milliseconds that a guest may take until it answers; software emulation on a busy machine is slow. */
const PATIENCE = 180_000

/** Someone who can log in to guests whose KeyPair has `publicKey`. */
export type GuestLogin = {
  publicKey: string
  /** Runs a command in a guest as its user does, once that lets us in; answers what it prints. @param endpoint - `host:port` of its SSH server. */
  run: (endpoint: string, command: string) => Promise<string>
}

/** @param folder - where the private key is written. */
export const createGuestLogin = async (folder: string): Promise<GuestLogin> => {
  const key = join(folder, 'guest-key')
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test@kumulus', '-f', key])
  const options = ['BatchMode=yes', 'ConnectTimeout=10', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'IdentitiesOnly=yes']
  return {
    publicKey: (await readFile(`${key}.pub`, 'utf8')).trim(),
    run: async (endpoint, command) => {
      const [host = '', port = ''] = endpoint.split(':')
      const end = systemClock.now() + PATIENCE
      for (;;) {
        try {
          const words = ['-i', key, ...options.flatMap(option => ['-o', option]), '-p', port, `admin@${host}`, command]
          return (await run('ssh', words, { timeout: 60_000 })).stdout.trim()
        } catch (error) {
          if (systemClock.now() > end) throw error
          await systemClock.sleep(1000)
        }
      }
    },
  }
}
