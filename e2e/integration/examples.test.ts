import test from 'ava'
import { controllers } from '../../operator/controllers.ts'
import { startCloud, type Cloud } from '../cloud.ts'
import { allExamples } from '../gitops/examples.ts'
import { operatorSettings } from '../simulation/operator-process.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

/** All of them in one list, every image from where the quickstart's really is. */
const everything = async (): Promise<Record<string, unknown>> => {
  const { spec: { source } } = (await cloud.get('image/linux')) as { spec: { source: object } }
  return allExamples(source)
}

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

/** resourceVersion of every object of ours, by kind and name. */
const versions = async (): Promise<Record<string, string>> => {
  const path = 'jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}'
  return Object.fromEntries((await cloud.kubectl('get', 'kumulus', '-A', '-o', path)).trim().split('\n').sort().map((line) => line.split(' ') as [string, string]))
}
