import { spawn } from 'node:child_process'

/** Something that passes or fails, with what it says. */
export type Check = { name: string; passed: boolean; output: string }

export type Command = { command: string; args: string[]; env?: Record<string, string> }

/** Runs a command, its output shown as it comes unless `quiet`, and returns that output. */
export const run = ({ command, args, env }: Command, { quiet = false } = {}): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_COMPILE_CACHE: '.cache/compile', ...process.env, ...env } })
    let output = ''
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (!quiet) sink.write(chunk)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })

const count = (output: string, pattern: RegExp): number => [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1] ?? 1), 0)

/** Integration tests that any cluster can be under. What guests on a sandbox of their own write to their disks is the sandbox's to show. */
export const clusterTests = ['e2e/integration/**/*.test.ts', '!e2e/integration/guest-*.test.ts']

/** Runs ava, then asks for further checks, and ends with one closing line that a machine can read and the exit status that goes with it. */
export const runTests = async (ava: Omit<Command, 'command'>, checks: () => Promise<Check[]>): Promise<void> => {
  const { code, output } = await run({ command: 'ava', ...ava })
  // A line a test; where some fail, ava's closing lines don't count those that passed.
  let passed = count(output, /^\s*✔ /gm)
  const broken = count(output, /^\s*(\d+) (?:tests? failed|uncaught exceptions?|unhandled rejections?|tests? timed out)/gm)
  let failed = code !== 0 && broken === 0 ? 1 : broken
  const skipped = count(output, /^\s*(\d+) tests? skipped/gm)
  for (const check of await checks()) {
    console.log(`${check.passed ? '✔' : '✘'} ${check.name}\n${check.output}`.trimEnd())
    if (check.passed) passed += 1
    else failed += 1
  }
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed === 0 ? 0 : 1
}
