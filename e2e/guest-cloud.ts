import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { installKubectl } from '../sandbox/tools/kubectl.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'
import { freePorts } from './free-ports.ts'
import { createGuestLogin } from './guest-login.ts'
import { kubectlOn, type Kubectl } from './kubectl.ts'
import { readRecipes, runRecipe } from './recipes.ts'

/** A cloud of real processes whose guests QEMU runs, and that lets us into them. */
export type GuestCloud = {
  plane: ControlPlane
  kubectl: Kubectl
  /** What the operator logs in with. */
  operatorKubeconfig: string
  /** The verbs in a namespace. */
  in: (namespace: string) => GuestAccount
  /** Makes a namespace, and opens it as an account. */
  openAccount: (namespace: string) => Promise<GuestAccount>
  /** Runs the commands of that name in the handbook; what they save is kept from one to the next. */
  recipe: (name: string, environment?: Record<string, string>) => Promise<string>
  stop: () => Promise<void>
}

export type Manifest = { apiVersion: string; kind: string; metadata: { name: string }; spec: Record<string, unknown> }

/** What tests do in one namespace. */
export type GuestAccount = {
  namespace: string
  /** The quickstart, with our key and the image from where it really is; without its Instance, which `instance` makes. */
  quickstart: readonly Manifest[]
  /** The quickstart's Instance under a name and at an address of its own. */
  instance: (name: string, privateIPAddress: string, spec?: object) => Manifest
  apply: (...items: object[]) => Promise<void>
  /** Waits until all are Ready. */
  ready: (...references: string[]) => Promise<void>
  wait: (reference: string, condition: string) => Promise<void>
  remove: (...references: string[]) => Promise<void>
  patch: (reference: string, spec: object) => Promise<void>
  /** @param path - JSONPath from the object. */
  fieldOf: (reference: string, path: string) => Promise<string>
  /** Runs a command in an instance's guest, once that lets us in; answers what it prints. */
  runIn: (instance: string, command: string) => Promise<string>
}

/** An object of ours. */
export const ours = (kind: string, name: string, spec: object): Manifest =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec: { ...spec } })

export const attachment = (name: string, instance: string, volume: string, device: string, spec: object = {}): Manifest =>
  ours('VolumeAttachment', name, { volumeRef: { name: volume }, instanceRef: { name: instance }, device, ...spec })

/** Shell that finds a guest's disk by the serial that it has of the volume's ID, plugged in or launched with, and calls it $disk. */
export const finding = (volumeID: string): string => `
  for n in $(seq 60); do
    disk=$(grep -las ${volumeID.replace('-', '')} /sys/class/block/sd*/device/vpd_pg80 /sys/class/block/vd*/serial | cut -d / -f 5)
    [ -n "$disk" ] && break
    sleep 1
  done
  disk=/dev/$disk && [ -b $disk ]`

/** Shell that mounts it at /mnt. */
export const mounting = (volumeID: string, prepare = ':'): string => `${finding(volumeID)} && ${prepare} && { grep -q ' /mnt ' /proc/mounts || mount $disk /mnt; }`

export type GuestCloudOptions = {
  /** More flags of the operator. */
  operatorArguments?: string[]
  /** More flags of the sandbox. */
  sandboxArguments?: string[]
  /** How long anything may take that is waited for, as kubectl has it. */
  patience?: string
}

/** Starts one in a directory of its own, which goes with it. */
export const startGuestCloud = async ({ sandboxArguments = [], patience = '180s', ...options }: GuestCloudOptions = {}): Promise<GuestCloud> => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-guest-'))
  const [data, kubeconfig] = [join(directory, 'data'), join(directory, 'kubeconfig')]
  const { kubectl: binary } = await installKubectl()
  const [port = 0] = await freePorts(1)
  const guests = await createGuestLogin(directory)
  const recipes = await readRecipes()
  const plane = await startControlPlane({
    data, kubeconfig, kubectl: binary, hypervisor: 'qemu', sandboxArguments: ['--image-port', `${port}`, ...sandboxArguments], step: () => undefined, ...options,
  })
  const kubectl = kubectlOn(binary, kubeconfig)
  const own = { KeyPair: { publicKey: guests.publicKey }, Image: { source: { http: { url: plane.imageURL } } } }
  const quickstart = await readQuickstart(own)
  const account = (namespace: string) => accountIn(namespace, { kubectl, quickstart, patience, login: guests.run })
  return {
    plane, kubectl, operatorKubeconfig: join(data, 'kumulus-operator.kubeconfig'), in: account,
    openAccount: async (namespace) => {
      await kubectl.run(['create', 'namespace', namespace])
      await kubectl.run(['apply', '-n', namespace, '-f', 'charts/kumulus/files/access/account.yaml'])
      return account(namespace)
    },
    recipe: (name, environment = {}) =>
      runRecipe(recipes, name, { KUBECONFIG: kubeconfig, kubectl: binary, BACKUP: join(directory, 'backup'), ...environment }),
    stop: async () => {
      await plane.stop()
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** @param own - spec fields of each kind that are not as in the file. */
const readQuickstart = async (own: Readonly<Record<string, object>>): Promise<Manifest[]> => {
  const documents = parseAllDocuments(await readFile('examples/quickstart.yaml', 'utf8')).map((document) => document.toJS() as Manifest)
  return documents.map((each) => ({ ...each, spec: { ...each.spec, ...own[each.kind] } }))
}

type Means = { kubectl: Kubectl; quickstart: readonly Manifest[]; patience: string; login: (endpoint: string, command: string) => Promise<string> }

const accountIn = (namespace: string, { kubectl, quickstart, patience, login }: Means): GuestAccount => {
  const run = (...words: (string | Record<string, unknown>)[]) => kubectl.run([...words, '-n', namespace])
  const { spec: ofInstance = {} } = quickstart.find(({ kind }) => kind === 'Instance') ?? {}
  const fieldOf: GuestAccount['fieldOf'] = (reference, path) => run('get', reference, '-o', `jsonpath={${path}}`)
  const wait = async (condition: string, references: readonly string[]) => {
    await run('wait', `--for=${condition}`, ...references, `--timeout=${patience}`).catch(async (error: Error) => {
      const told = await run('get', ...references, '-o', 'jsonpath={range .items[*]}{.metadata.name}{": "}{.status.conditions[*].message}{"\\n"}{end}').catch(() => '')
      throw new Error(`${error.message}\n${told}`, { cause: error })
    })
  }
  return {
    namespace, fieldOf,
    quickstart: quickstart.filter(({ kind }) => kind !== 'Instance'),
    instance: (name, privateIPAddress, spec = {}) => ours('Instance', name, { ...ofInstance, privateIPAddress, ...spec }),
    apply: async (...items) => void (await run('apply', { apiVersion: 'v1', kind: 'List', items })),
    ready: (...references) => wait('condition=Ready', references),
    wait: (reference, condition) => wait(condition, [reference]),
    remove: async (...references) => void (await run('delete', ...references, `--timeout=${patience}`)),
    patch: async (reference, spec) => void (await run('patch', reference, '--type=merge', '-p', JSON.stringify({ spec }))),
    runIn: async (instance, command) =>
      login(await fieldOf(`virtualmachineinstance/${instance}`, '.metadata.annotations.sandbox\\.kumulus\\.dev/ssh-endpoint'), command),
  }
}
