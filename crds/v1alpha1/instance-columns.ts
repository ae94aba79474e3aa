import type { Column } from '../definition.ts'

/** `kubectl get instances`: NAME STATE TYPE PRIVATE-IP ZONE ID AGE, and more with `-o wide`. */
export const instanceColumns: Column[] = [
  { name: 'State', type: 'string', description: 'State of the instance.', jsonPath: '.status.state' },
  { name: 'Type', type: 'string', description: 'Instance type as running now.', jsonPath: '.status.instanceType' },
  { name: 'Private-IP', type: 'string', description: 'Private address.', jsonPath: '.status.privateIPAddress' },
  { name: 'Zone', type: 'string', description: 'Availability zone.', jsonPath: '.status.availabilityZone' },
  { name: 'ID', type: 'string', description: 'Instance ID.', jsonPath: '.status.instanceID' },
  { name: 'Public-IP', type: 'string', description: 'Public address.', jsonPath: '.status.publicIPAddress', priority: 1 },
  { name: 'VPC', type: 'string', description: 'ID of the VPC.', jsonPath: '.status.vpcID', priority: 1 },
  { name: 'Host', type: 'string', description: 'Node that it runs on.', jsonPath: '.status.host', priority: 1 },
]

export const instanceReasons = {
  Running: 'Ready: the instance runs.',
  Stopped: 'Ready: the instance is stopped, as the spec says or because the guest shut itself down.',
  Pending: 'Reconciling: the instance is being launched or started.',
  Capturing: 'Reconciling: an image is being made of the instance, which is held stopped meanwhile and then goes on as its spec says.',
  SharingUnknown: 'Waiting: the API server doesn\'t say whether roles share the image of another account; the message says why. Asked again every half minute.',
  Stopping: 'Reconciling: the instance is being stopped.',
  ShuttingDown: 'Reconciling: the instance is being terminated.',
  InsufficientInstanceCapacity: 'Waiting: no host of the zone has room for the instance type; launches when there is.',
  StopProtected: 'Stalled: disableAPIStop is true. Set it to false to stop the instance, or state back to Running.',
  VolumeNotFound: 'Stalled: a disk of the instance is gone and is not replaced by an empty one. Have the platform team bring it back (docs/operations.md), or terminate the instance and launch another.',
  RouteToInternetGateway: 'PubliclyReachable is True: the subnet has a route to an InternetGateway.',
  NoRouteToInternetGateway: 'PubliclyReachable is False: a public address leads to it, and its subnet has no route to an InternetGateway; the message says what is missing.',
  PoolExhausted: 'PubliclyReachable is False: the pool has no free address; name an ElasticIP of another pool for it, or ask the platform team for more.',
  TerminationProtected: 'Deleting waits: disableAPITermination is true. Set it to false to terminate.',
}
