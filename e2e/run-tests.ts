/**
 * `make test`: types, generated files, then every test, with one closing line that a machine can read.
 * Arguments are passed on to ava, for example `node e2e/run-tests.ts 'operator/**\/*.test.ts'`.
 */
import { spawn } from 'node:child_process'

type Check = { name: string; command: string; args: string[] }

const checks: Check[] = [
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'generated files are in step', command: process.execPath, args: ['crds/generate.ts', '--check'] },
  { name: 'the chart is in step', command: process.execPath, args: ['charts/generate.ts', '--check'] },
]

/** Runs a command, its output shown as it comes unless `quiet`, and returns that output. */
const run = ({ command, args }: Check, { quiet = false } = {}): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_COMPILE_CACHE: '.cache/compile', ...process.env } })
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

// The checks beside the tests: some of those wait for processes more than they work.
const checked = checks.map(async (check) => ({ ...check, ...(await run(check, { quiet: true })) }))
const { code, output } = await run({ name: 'tests', command: 'ava', args: process.argv.slice(2) })
// A line a test; where some fail, ava's closing lines don't count those that passed.
let passed = count(output, /^\s*✔ /gm)
const broken = count(output, /^\s*(\d+) (?:tests? failed|uncaught exceptions?|unhandled rejections?|tests? timed out)/gm)
let failed = code !== 0 && broken === 0 ? 1 : broken
const skipped = count(output, /^\s*(\d+) tests? skipped/gm)
for (const check of await Promise.all(checked)) {
  console.log(`${check.code === 0 ? '✔' : '✘'} ${check.name}\n${check.output}`.trimEnd())
  if (check.code === 0) passed += 1
  else failed += 1
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
