import test from 'ava'
import { readFile } from 'node:fs/promises'
import { controllers } from '../../operator/controllers.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { startCloud, type Cloud } from '../cloud.ts'
import { allFiles, asList, filesIn } from '../gitops/examples.ts'
import { operatorSettings } from '../simulation/operator-process.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

/** In one list, every image from where the quickstart's really is. */
const local = async (files: readonly string[]): Promise<Record<string, unknown>> => {
  const { spec: { source } } = (await cloud.get('image/linux')) as { spec: { source: object } }
  return asList(files, source)
}

const everything = () => local(allFiles())

test.serial('whoever walks through storage as its README does sees what it shows, and nothing is left of it', async (t) => {
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.kubectl('apply', await local([...filesIn('storage/platform/'), 'storage/instances.yaml']))
  await cloud.wait('instance', 'condition=Ready', '--all', '-n', 'bank')
  const page = 'examples/storage/README.md'
  const steps = await walk(page)
  t.true(steps.length >= 20)
  for (const { command, shown } of steps) t.is(await eventually(command, shown), shown, command)
  for (const command of await last(page)) await cloud.kubectl(...wordsOf(command))
  for (const namespace of ['bank', 'audit']) t.deepEqual(await leftIn(namespace), [])
})

test.serial('kubectl apply of all examples at once ends with everything ready, of every kind, as kubectl wait sees it', async (t) => {
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.kubectl('apply', await everything())
  await cloud.apply({
    apiVersion: 'kumulus.dev/v1alpha1', kind: 'InstanceAction', metadata: { name: 'reboot' }, spec: { instanceRef: { name: 'web' }, type: 'Reboot' },
  })
  for (const { kind } of controllers(operatorSettings)) {
    const resource = `${kind.toLowerCase()}.kumulus.dev`
    await cloud.wait(resource, 'condition=Ready', '--all', '-A')
    t.not((await cloud.kubectl('get', resource, '-A', '-o', 'name')).trim(), '', `there is one of kind ${kind}`)
  }
})

test.serial('whoever walks through the network as its README does sees what it shows', async (t) => {
  const steps = await walk('examples/network/README.md')
  t.true(steps.length >= 8)
  for (const { command, shown } of steps) t.is(await eventually(command, shown), shown, command)
})

test.serial('what kubectl applies again it calls unchanged, and a second server-side apply writes nothing', async (t) => {
  const manifests = await everything()
  const said = (await cloud.kubectl('apply', manifests)).trim().split('\n')
  t.true(said.length > 30)
  t.deepEqual(said.filter((line) => !line.endsWith(' unchanged')), [])
  const serverSide = () => cloud.kubectl('apply', '--server-side', '--field-manager=argocd-controller', '--force-conflicts', manifests)
  await serverSide()
  const taken = await versions()
  await serverSide()
  t.deepEqual(await versions(), taken)
  t.is((await cloud.kubectl('diff', manifests)).trim(), '')
})

test.serial('kubectl wait is not content with what was ready before a change, and is once the operator has seen it', async (t) => {
  await cloud.operator.kill()
  for (const reference of ['instanceaction/reboot', 'instance/web']) {
    await cloud.patch(reference, { spec: { tags: { changed: 'yes' } } })
    t.regex(await cloud.fails('wait', reference, '--for=condition=Ready', '--timeout=2s'), /timed out/)
  }
  await cloud.operator.start()
  for (const reference of ['instanceaction/reboot', 'instance/web']) await cloud.wait(reference, 'condition=Ready')
})

type Step = { command: string; shown: string }

/** The commands that a page shows with what they answer. Ages, times, IDs and the width of columns are no part of it. */
const walk = async (page: string): Promise<Step[]> => {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```\n(\$ [^]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map((step) => {
    const end = step.indexOf('\n')
    return { command: step.slice(0, end), shown: plain(step.slice(end + 1)) }
  })
}

/** The commands of the last block that a page shows without answers. */
const last = async (page: string): Promise<string[]> => {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^(?: {4}kubectl .*\n)+/gm)]
  return (blocks.at(-1)?.[0] ?? '').trim().split('\n').map((line) => line.trim())
}

const plain = (text: string): string => text.trim().split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' ').replace(/ (?:[0-9]+[smh])+$/, ' AGE')
  .replaceAll(/\b([a-z]+)-[0-9a-f]{17}\b/g, '$1-ID').replaceAll(/\b[0-9-]{10}T[0-9:]{8}Z\b/g, 'TIME')).join('\n')

const wordsOf = (command: string): string[] => (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).slice(1).map((word) => word.replaceAll("'", ''))

/** What a command answers: an analysis follows a change within seconds. */
const eventually = async (command: string, shown: string): Promise<string> => {
  const words = wordsOf(command)
  const ask = async () => plain(await cloud.kubectl(...words))
  const deadline = AbortSignal.timeout(20_000)
  for (;;) {
    const answer = await ask()
    if (answer === shown || deadline.aborted || words[0] !== 'get') return answer
    await systemClock.sleep(250)
  }
}

/** What is there of ours and of what it becomes, and bytes that are kept for it. Types are no account's. */
const leftIn = async (namespace: string): Promise<string[]> => {
  const kinds = 'instance.kumulus.dev,volume.kumulus.dev,volumeattachment,snapshot.kumulus.dev,image.kumulus.dev,vpc.kumulus.dev,vm,vmi,dv,pvc,volumesnapshot'
  const inside = (await cloud.kubectl('get', kinds, '-n', namespace, '-o', 'name')).split('\n')
  const bytes = await cloud.kubectl('get', 'pv', '-o', 'jsonpath={range .items[*]}{.spec.claimRef.namespace} {.metadata.name}{"\\n"}{end}')
  return [...inside, ...bytes.split('\n').filter((line) => line.startsWith(`${namespace} `))].filter((line) => line !== '')
}

/** resourceVersion of every object of ours, by kind and name. */
const versions = async (): Promise<Record<string, string>> => {
  const path = 'jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}'
  return Object.fromEntries((await cloud.kubectl('get', 'kumulus', '-A', '-o', path)).trim().split('\n').sort().map((line) => line.split(' ') as [string, string]))
}
