import { cpSync, existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { installKubectl } from '../sandbox/tools/kubectl.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'
import { freePorts } from './free-ports.ts'
import { kubectlOn, type Kubectl } from './kubectl.ts'
import { readRecipes, runRecipe } from './recipes.ts'

/** The bytes of an account's volumes: name → the disk and what is in it. */
export type Bytes = Readonly<Record<string, { disk: string; content: string }>>

/** A whole cloud of real processes whose disks can be looked into, and the handbook beside it. */
export type DisksAtStake = {
  plane: ControlPlane
  kubectl: Kubectl
  /** Folder for what recipes save. */
  backup: string
  /** Folder of the storage's own disks: what a lost control plane leaves. */
  disks: string
  /** Runs the commands of that name in the handbook. */
  recipe: (name: string, environment?: Record<string, string>) => Promise<string>
  /** Opens an account with the quickstart in it, whose instance `web` has a second disk, and lets its guest write on both. */
  launch: (namespace: string) => Promise<Bytes>
  /** What the volumes of an account have now. */
  bytes: (namespace: string) => Promise<Bytes>
  /** What is on disks now, whoever has them. */
  onDisk: (bytes: Bytes) => Promise<Bytes>
  wait: (reference: string, condition: string, namespace: string) => Promise<void>
  get: <T>(...args: string[]) => Promise<T>
  stop: () => Promise<void>
}

/** @param disks - a folder of disks that the storage has already. */
export const startDisksAtStake = async (disks?: string): Promise<DisksAtStake> => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-disks-'))
  const [data, kubeconfig, backup] = [join(directory, 'data'), join(directory, 'kubeconfig'), join(directory, 'backup')]
  const folder = join(data, 'disks')
  const { kubectl: binary } = await installKubectl()
  const recipes = await readRecipes()
  const [imagePort = 0] = await freePorts(1)
  const plane = await startControlPlane({
    data, kubeconfig, kubectl: binary, hypervisor: 'simulated', sandboxArguments: ['--image-port', `${imagePort}`],
    cluster: process.env['E2E_CLUSTER'] === 'kubernetes' ? 'kubernetes' : 'sandbox',
    // Told of first before anything is started: whoever looks for disks finds those that another cluster left.
    step: () => {
      if (disks !== undefined && !existsSync(folder)) cpSync(disks, folder, { recursive: true })
    },
  })
  const kubectl = kubectlOn(binary, kubeconfig)
  const cloud = { kubectl, ...looks(kubectl, folder) }
  return {
    ...cloud, plane, backup, disks: folder,
    recipe: (name, environment = {}) => runRecipe(recipes, name, { KUBECONFIG: kubeconfig, kubectl: binary, BACKUP: backup, ...environment }),
    launch: (namespace) => launch(cloud, folder, plane.imageURL, namespace),
    stop: async () => {
      await plane.stop()
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

type Looks = Pick<DisksAtStake, 'bytes' | 'onDisk' | 'wait' | 'get'>

type Claims = { items: { metadata: { name: string }; spec: { volumeName?: string } }[] }
type Volumes = { items: { metadata: { name: string }; spec: { csi: { volumeHandle: string } } }[] }

const looks = (kubectl: Kubectl, folder: string): Looks => {
  const get: DisksAtStake['get'] = async <T>(...args: string[]) => JSON.parse(await kubectl.run(['get', ...args, '-o', 'json'])) as T
  const content = (disk: string) => readFile(join(folder, encodeURIComponent(disk)), 'utf8').catch(() => 'destroyed')
  return {
    get,
    bytes: async (namespace) => {
      const [claims, volumes] = [await get<Claims>('persistentvolumeclaims', '-n', namespace), await get<Volumes>('persistentvolumes')]
      const handles = new Map(volumes.items.map(({ metadata, spec }) => [metadata.name, spec.csi.volumeHandle]))
      const own = claims.items.filter(({ metadata }) => !metadata.name.startsWith('ami-'))
      return Object.fromEntries(await Promise.all(own.map(async ({ metadata, spec }) => {
        const disk = handles.get(spec.volumeName ?? '') ?? ''
        return [metadata.name, { disk, content: await content(disk) }]
      })))
    },
    onDisk: async (bytes) =>
      Object.fromEntries(await Promise.all(Object.entries(bytes).map(async ([name, { disk }]) => [name, { disk, content: await content(disk) }]))),
    wait: async (reference, condition, namespace) => {
      await kubectl.run(['wait', reference, `--for=${condition}`, '--timeout=120s', '-n', namespace]).catch(async (error: Error) => {
        const told = await kubectl.run(['get', 'kumulus', '-n', namespace, '-o', 'custom-columns=K:.kind,N:.metadata.name,C:.status.conditions[*].message'])
        throw new Error(`${error.message}\n${told}`, { cause: error })
      })
    },
  }
}

type Cloud = Looks & { kubectl: Kubectl }

const launch = async ({ kubectl, wait, bytes }: Cloud, folder: string, imageURL: string, namespace: string): Promise<Bytes> => {
  await kubectl.run(['create', 'namespace', namespace])
  await kubectl.run(['apply', '-n', namespace, '-f', 'charts/kumulus/files/access/account.yaml'])
  const items = parseAllDocuments(await readFile('examples/quickstart.yaml', 'utf8')).map((document) => document.toJS() as Manifest)
  await kubectl.run(['apply', '-n', namespace, { apiVersion: 'v1', kind: 'List', items: items.map((item) => withTwoDisks(item, imageURL)) }])
  await wait('instance/web', 'condition=Ready', namespace)
  for (const { disk } of Object.values(await bytes(namespace))) {
    const file = join(folder, encodeURIComponent(disk))
    // A simulated guest writes nothing itself; what it would write is in nobody's memory but here.
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')) as object, url: `written by the guest in ${namespace} on ${disk}` }))
  }
  return bytes(namespace)
}

type Manifest = { kind: string; spec: Record<string, unknown> }

const withTwoDisks = ({ spec, ...manifest }: Manifest, imageURL: string): Manifest & Record<string, unknown> => {
  if (manifest.kind === 'Image') return { ...manifest, spec: { ...spec, source: { http: { url: imageURL } } } }
  return manifest.kind === 'Instance'
    ? { ...manifest, spec: { ...spec, blockDevices: [...spec['blockDevices'] as object[], { deviceName: '/dev/sdb', size: '1Gi' }] } } : { ...manifest, spec }
}
