import type { KubeObject } from '../crds/kubernetes.ts'
import { createProbe, type Probe } from './image-sources/probe.ts'
import { createProbes } from './image-sources/probes.ts'
import { elasticIPController } from './resources/elastic-ip/controller.ts'
import { imageController } from './resources/image/controller.ts'
import { instanceActionController } from './resources/instance-action/controller.ts'
import { instanceTypeController } from './resources/instance-type/controller.ts'
import { instanceController } from './resources/instance/controller.ts'
import { internetGatewayController } from './resources/internet-gateway/controller.ts'
import { keyPairController } from './resources/key-pair/controller.ts'
import { natGatewayController } from './resources/nat-gateway/controller.ts'
import { networkACLController } from './resources/network-acl/controller.ts'
import { networkInterfaceController } from './resources/network-interface/controller.ts'
import { prefixListController } from './resources/prefix-list/controller.ts'
import { createAddressBook } from './resources/public-ip-pool/address-book.ts'
import { publicIPPoolController } from './resources/public-ip-pool/controller.ts'
import { reachabilityAnalysisController } from './resources/reachability-analysis/controller.ts'
import { routeTableController } from './resources/route-table/controller.ts'
import { securityGroupController } from './resources/security-group/controller.ts'
import { snapshotScheduleController } from './resources/snapshot-schedule/controller.ts'
import { snapshotController } from './resources/snapshot/controller.ts'
import { subnetController } from './resources/subnet/controller.ts'
import { createAddressLedger } from './resources/subnet/ledger.ts'
import { volumeAttachmentController } from './resources/volume-attachment/controller.ts'
import { volumeTypeController } from './resources/volume-type/controller.ts'
import { volumeController } from './resources/volume/controller.ts'
import { vpcPeeringController } from './resources/vpc-peering/controller.ts'
import { vpcController } from './resources/vpc/controller.ts'
import type { Kind } from './runtime/kind.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { OperatorSettings } from './settings.ts'

/** One kind of ours, ready to be given to a runtime. */
export type Registration = {
  /** `Instance`. */
  kind: string
  finalizer: string | undefined
  register: (runtime: Runtime) => void
}

/** Every kind that has a controller. */
export const controllers = (
  settings: OperatorSettings, publicAddresses = createAddressBook(), addresses = createAddressLedger(), probe: Probe = createProbe(settings),
): Registration[] => [
  registration(vpcController(settings)),
  registration(subnetController(settings)),
  registration(routeTableController(settings)),
  registration(internetGatewayController(settings)),
  registration(vpcPeeringController(settings)),
  registration(reachabilityAnalysisController(settings)),
  registration(securityGroupController(settings)),
  registration(networkACLController(settings)),
  registration(prefixListController(settings)),
  registration(publicIPPoolController()),
  registration(elasticIPController(publicAddresses)),
  registration(natGatewayController()),
  registration(keyPairController(settings)),
  registration(instanceTypeController(settings)),
  registration(volumeTypeController(settings)),
  registration(imageController(settings, createProbes(probe))),
  registration(volumeController(settings)),
  registration(volumeAttachmentController()),
  registration(snapshotController()),
  registration(snapshotScheduleController()),
  registration(instanceController(settings, addresses, undefined, undefined, publicAddresses)),
  registration(networkInterfaceController(settings, addresses)),
  registration(instanceActionController(settings)),
]

const registration = <T extends KubeObject, Facts, Status extends object>(kind: Kind<T, Facts, Status>): Registration => ({
  kind: kind.informer.resource.kind,
  finalizer: kind.finalizer,
  register: (runtime) => void runtime.kind(kind),
})
