import type { KubeObject, ObjectMeta } from '../../../crds/kubernetes.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus, ownerUIDOf } from '../made.ts'
import { type OvnEip, ovnEipResource, type OvnFip, ovnFipResource, type OvnSnatRule, ovnSnatRuleResource } from './external-resources.ts'
import { placeOf, poolLabel, releasedAt, targetLabel } from './public-address.ts'

/** Index of what we made by the UID of whom it was made for. */
export const byOwner = 'owner'

/** Index of OvnEips by the UID of their pool. */
export const byPool = 'pool'

/** Index of OvnEips that were given back and are not to be given again yet, by the UID of their pool. */
export const byQuarantine = 'quarantine'

/** Index of OvnFips by `placeOf` where they lead. */
export const byPlace = 'place'

/** Index of OvnFips and OvnSnatRules by the name of their Vpc. */
export const byVpc = 'vpc'

export const ovnEipInformer: InformerSpec<OvnEip> = {
  resource: ovnEipResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, spec, status }: Raw<OvnEip>): OvnEip => {
    const released = metadata.annotations?.[releasedAt]
    return {
      apiVersion,
      kind,
      metadata: dated(metadata),
      spec: { v4Ip: spec?.v4Ip ?? '', externalSubnet: spec?.externalSubnet ?? '' },
      status: { ...status?.v4Ip === undefined ? {} : { v4Ip: status.v4Ip }, ...status?.ready === undefined ? {} : { ready: status.ready } },
      poolUID: metadata.labels?.[poolLabel] ?? '',
      ...released === undefined ? {} : { releasedAt: released },
    }
  },
  indexes: {
    [byOwner]: eip => [ownerUIDOf(eip) ?? ''],
    [byPool]: eip => [eip.poolUID],
    [byQuarantine]: eip => eip.releasedAt === undefined ? [] : [eip.poolUID],
  },
}

export const ovnFipInformer: InformerSpec<OvnFip> = {
  resource: ovnFipResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, spec, status }: Raw<OvnFip>): OvnFip => ({
    apiVersion,
    kind,
    metadata: dated(metadata),
    spec: { ovnEip: spec?.ovnEip ?? '', vpc: spec?.vpc ?? '', v4Ip: spec?.v4Ip ?? '' },
    status: status?.ready === undefined ? {} : { ready: status.ready },
    targetUID: metadata.labels?.[targetLabel] ?? '',
  }),
  indexes: {
    [byOwner]: fip => [ownerUIDOf(fip) ?? ''],
    [byPlace]: fip => [placeOf(fip.spec.vpc, fip.spec.v4Ip)],
    [byVpc]: fip => [fip.spec.vpc],
  },
}

export const ovnSnatRuleInformer: InformerSpec<OvnSnatRule> = {
  resource: ovnSnatRuleResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, spec, status }: Raw<OvnSnatRule>): OvnSnatRule => ({
    apiVersion,
    kind,
    metadata: dated(metadata),
    spec: { ovnEip: spec?.ovnEip ?? '', vpc: spec?.vpc ?? '', v4IpCidr: spec?.v4IpCidr ?? '' },
    status: status?.ready === undefined ? {} : { ready: status.ready },
  }),
  indexes: {
    [byOwner]: rule => [ownerUIDOf(rule) ?? ''],
    [byVpc]: rule => [rule.spec.vpc],
  },
}

type Raw<T extends { spec: object; status: object }> = KubeObject & { spec?: Partial<T['spec']>; status?: Partial<T['status']> }

const dated = (metadata: ObjectMeta): ObjectMeta => ({
  ...madeMetadata(metadata),
  ...metadata.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp },
})
