import type { Random } from '../../../operator/runtime/random.ts'

/** What somebody who uses disks without rest does, one act after the other, drawn from `random`. */
export type Tenant = {
  /** Does one thing. */
  act: () => Promise<void>
  /** Sees to it that nothing waits in vain: each volume is on an instance and on no more than one. */
  tidy: () => Promise<void>
  /** How many Volumes and Snapshots were made so far. */
  readonly made: number
}

/** What a tenant may do; a namesake that is gone already is none. */
export type Hands = {
  apply: (kind: string, name: string, spec: object) => Promise<void>
  remove: (kind: string, name: string) => Promise<void>
  isReady: (kind: string, name: string) => Promise<boolean>
}

type Attached = { volume: string; instance: string; device: string }

type Possessions = {
  volumes: Map<string, { gi: number; spec: object }>
  snapshots: Map<string, { gi: number; volume: string }>
  attachments: Map<string, Attached>
  /** How many attachments there were so far. */
  attached: number
  made: number
}

/** Volumes and Snapshots that are there at once at most: what is too many goes. */
const most = { volumes: 24, snapshots: 12 }

export const createTenant = (hands: Hands, random: Random, instances: readonly string[]): Tenant => {
  const has: Possessions = { volumes: new Map(), snapshots: new Map(), attachments: new Map(), attached: 0, made: 0 }
  const draw = <T>(items: Iterable<T>): T | undefined => {
    const all = [...items]
    return all[Math.floor(random() * all.length)]
  }
  const context = { has, hands, random, draw, instances }
  return {
    act: async () => {
      const fitting = has.volumes.size >= most.volumes ? takingVolumes : has.snapshots.size >= most.snapshots ? takingSnapshots : acts
      await (draw(fitting) ?? attach)(context)
    },
    tidy: () => tidy(context),
    get made() {
      return has.made
    },
  }
}

type Context = { has: Possessions; hands: Hands; random: Random; draw: <T>(items: Iterable<T>) => T | undefined; instances: readonly string[] }

const createVolume = async ({ has, hands, random }: Context): Promise<void> => {
  const name = `v-${++has.made}`
  const policy = random() < 0.15 ? { deletionPolicy: 'Snapshot' } : {}
  const spec = { availabilityZone: 'zone-a', ...policy }
  has.volumes.set(name, { gi: 1, spec })
  await hands.apply('Volume', name, { ...spec, size: '1Gi' })
}

const restore = async (context: Context): Promise<void> => {
  const { has, hands, draw } = context
  const snapshot = draw(has.snapshots)
  if (snapshot === undefined) return createVolume(context)
  const [name, gi] = [`v-${++has.made}`, snapshot[1].gi + 1]
  const spec = { availabilityZone: 'zone-a', snapshotRef: { name: snapshot[0] } }
  has.volumes.set(name, { gi, spec })
  await hands.apply('Volume', name, { ...spec, size: `${gi}Gi` })
}

/** Not while it is still to be kept: what is restored of that could not know how large it will be. */
const grow = async (context: Context): Promise<void> => {
  const { has, hands, draw } = context
  const volume = draw(has.volumes)
  if (volume === undefined || await isToBeKept(context, volume[0])) return
  const [name, found] = volume
  found.gi += 1
  await hands.apply('Volume', name, { ...found.spec, size: `${found.gi}Gi` })
}

/** Of a volume that another instance has as well: who comes later waits. */
const attach = async (context: Context): Promise<void> => {
  const volume = context.draw(context.has.volumes.keys())
  if (volume !== undefined) await attachTo(context, volume)
}

const attachTo = async ({ has, hands, draw, instances }: Context, volume: string): Promise<void> => {
  const instance = draw(instances) ?? ''
  const used = new Set([...has.attachments.values()].filter((each) => each.instance === instance).map(({ device }) => device))
  const device = draw([...'fghijklmnopqrstuvwxyz'].map((letter) => `/dev/sd${letter}`).filter((each) => !used.has(each)))
  if (device === undefined || [...has.attachments.values()].some((each) => each.volume === volume && each.instance === instance)) return
  // Of another name than one that may still be going: what is asked of that goes with it.
  const name = `${volume}-${instance}-${++has.attached}`
  has.attachments.set(name, { volume, instance, device })
  await hands.apply('VolumeAttachment', name, { volumeRef: { name: volume }, instanceRef: { name: instance }, device })
}

const tidy = async (context: Context): Promise<void> => {
  const { has, hands } = context
  const taken = new Set<string>()
  for (const [name, { volume }] of has.attachments) {
    if (!taken.has(volume)) taken.add(volume)
    else {
      has.attachments.delete(name)
      await hands.remove('VolumeAttachment', name)
    }
  }
  for (const volume of has.volumes.keys()) if (!taken.has(volume)) await attachTo(context, volume)
}

const detach = async ({ has, hands, draw }: Context): Promise<void> => {
  const name = draw(has.attachments.keys())
  if (name === undefined) return
  has.attachments.delete(name)
  await hands.remove('VolumeAttachment', name)
}

const snapshot = async ({ has, hands, draw }: Context): Promise<void> => {
  const volume = draw(has.volumes)
  if (volume === undefined) return
  const name = `s-${++has.made}`
  has.snapshots.set(name, { gi: volume[1].gi, volume: volume[0] })
  await hands.apply('Snapshot', name, { volumeRef: { name: volume[0] } })
}

/** With the attachments that it has; not while it is still to be kept, which would wait for ever. */
const deleteVolume = async (context: Context): Promise<void> => {
  const { has, hands, draw } = context
  const name = draw(has.volumes.keys())
  if (name === undefined || await isToBeKept(context, name)) return
  has.volumes.delete(name)
  await hands.remove('Volume', name)
  for (const [attachment, { volume }] of has.attachments) {
    if (volume !== name) continue
    has.attachments.delete(attachment)
    await hands.remove('VolumeAttachment', attachment)
  }
}

const isToBeKept = async ({ has, hands }: Context, name: string): Promise<boolean> => {
  for (const [snapshot, { volume }] of has.snapshots) if (volume === name && !await hands.isReady('Snapshot', snapshot)) return true
  return false
}

/** One that is not complete yet would be waited for in vain by who is made of it. */
const deleteSnapshot = async ({ has, hands, draw }: Context): Promise<void> => {
  const name = draw(has.snapshots.keys())
  if (name === undefined || !await hands.isReady('Snapshot', name)) return
  has.snapshots.delete(name)
  await hands.remove('Snapshot', name)
}

/** Each as often as it is listed. */
const acts = [createVolume, createVolume, restore, grow, attach, attach, attach, detach, snapshot, snapshot, deleteVolume, deleteSnapshot]
const takingVolumes = [deleteVolume, attach, grow]
const takingSnapshots = [deleteSnapshot, attach, deleteVolume]
