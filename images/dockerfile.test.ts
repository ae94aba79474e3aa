import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { only, rendered } from '../charts/testing/helm.ts'
import { programNames } from './programs.ts'

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, 'images/Dockerfile'), 'utf8')
const instructions = text.split('\n').filter((line) => /^[A-Z]/.test(line))
const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM')))

test('the image has the Node that everything is tested on', (t) => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: { node: string } }
  t.is(/^ARG NODE_VERSION=(\S+)$/m.exec(text)?.[1], dependencies.node)
  t.is(process.version, `v${dependencies.node}`)
})

test('the last stage has no shell and no npm, and is nobody', (t) => {
  t.regex(last[0] ?? '', /^FROM gcr\.io\/distroless\/cc-debian13:nonroot$/)
  t.deepEqual(last.filter((line) => line.startsWith('RUN')), [], 'there is no shell to run anything')
  const copied = last.filter((line) => line.startsWith('COPY')).map((line) => line.split(' ').slice(2))
  const node = [['/usr/local/bin/node', '/usr/local/bin/node'], ['/usr/local/LICENSE', '/usr/local/share/doc/node/LICENSE']]
  t.deepEqual(copied, [...node, ['/usr/lib/*-linux-gnu/libatomic.so.1*', '/usr/lib/'], ['/kumulus', '/kumulus']])
  t.true(last.includes('USER 65532:65532'))
})

test('whatever the Dockerfile copies from the source is there, and reaches the builder', (t) => {
  const sources = instructions.filter((line) => /^COPY [^-]/.test(line)).flatMap((line) => line.split(' ').slice(1, -1))
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  t.true(sources.length > 5)
  for (const source of sources) {
    t.true(existsSync(join(root, source)), source)
    t.true(ignored.includes(`!${source}`), `${source} in .dockerignore`)
  }
})

test('the chart starts what the image has, as the user that it has', async (t) => {
  const manifests = await rendered()
  for (const program of programNames.filter((name) => name !== 'resolver')) {
    const { spec: { template: { spec } } } = only(manifests, 'Deployment', `kumulus-${program}`) as unknown as Workload
    t.deepEqual(spec.containers[0]?.command, ['node', `/kumulus/${program}.js`])
    t.like(spec.securityContext, { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 })
    t.like(spec.containers[0]?.securityContext, { readOnlyRootFilesystem: true })
  }
})

type Workload = { spec: { template: { spec: { securityContext: object; containers: { command: string[]; securityContext: object }[] } } } }

test('the command that builds it can be read, for one machine and for a registry', (t) => {
  const dry = (env: Record<string, string>) => {
    const { stdout, status } = spawnSync(join(root, 'images/build.sh'), ['--dry-run'], { env: { PATH: process.env['PATH'], SOURCE_DATE_EPOCH: '7', ...env }, encoding: 'utf8' })
    t.is(status, 0)
    return stdout.trim().replaceAll('\\', '')
  }
  t.is(dry({ IMAGE: 'kumulus:e2e' }), 'docker buildx build --file images/Dockerfile --tag kumulus:e2e --build-arg SOURCE_DATE_EPOCH=7 --provenance false --load .')
  const pushed = dry({ PUSH: '1' })
  t.regex(pushed, /--tag ghcr\.io\/kumulus-dev\/kumulus:\d+\.\d+\.\d+ /)
  t.regex(pushed, /--platform linux\/amd64,linux\/arm64 --provenance mode=max --sbom true --output type=image,push=true,rewrite-timestamp=true \.$/)
})

test('where no container engine is, the build says so and what can be made without', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kumulus-path-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const program of ['dirname', 'sed', 'git']) {
    symlinkSync(spawnSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim(), join(folder, program))
  }
  const { status, stderr } = spawnSync('/bin/bash', [join(root, 'images/build.sh')], { env: { PATH: folder }, encoding: 'utf8' })
  t.is(status, 69)
  t.regex(stderr, /no docker on this machine.*make bundle/)
})
