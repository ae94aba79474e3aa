import { choice, dateTime, flag, integer, list, reportedBytes, reportedID, statusFields, struct, text } from '../fields.ts'

const name = (description: string) => text({ description, max: 253 })
const check = (description: string) => choice(['ok', 'impaired', 'initializing', 'insufficient-data'], description)

/** `status` of an Instance. */
export const instanceStatus = struct('What the instance is now. Written by the operator alone.', {
  ...statusFields(),
  instanceID: reportedID('ID of the instance, i- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'], 'State of the instance, as EC2 names it.').exactOptional(),
  stateReason: struct('Why the state last changed.', {
    code: text({ description: 'One word for programs, for example Client.UserInitiatedShutdown.', max: 128 }),
    message: text({ description: 'The same for people.', max: 1024 }),
  }).exactOptional(),
  launchTime: dateTime('When the instance was last started, RFC 3339 in UTC.').exactOptional(),
  stateTransitionTime: dateTime('When state last changed, RFC 3339 in UTC.').exactOptional(),
  availabilityZone: text({ description: 'Zone that it is in.', max: 63 }).exactOptional(),
  host: name('Node that it runs on.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  subnetID: reportedID('ID of its subnet.').exactOptional(),
  imageID: reportedID('ID of the image that its root disk was made from.').exactOptional(),
  instanceType: text({ description: 'Instance type that it runs as now.', max: 63 }).exactOptional(),
  privateIPAddress: text({ description: 'Private IPv4 address, kept for life.', max: 15 }).exactOptional(),
  publicIPAddress: text({ description: 'Public IPv4 address.', max: 15 }).exactOptional(),
  macAddress: text({ description: 'MAC address of the first network interface.', max: 17 }).exactOptional(),
  privateDNSName: name('Name of the private address in the domain of the VPC. Whether DNS servers answer for it, DNSAvailable of the VPC says.').exactOptional(),
  securityGroups: list(struct('A group of the instance.', {
    groupID: reportedID('ID of the group.'),
    groupName: name('Name of the SecurityGroup.'),
  }), { description: 'Security groups in force.', max: 16, keys: ['groupID'] }).exactOptional(),
  networkInterfaces: list(struct('A network interface of the instance.', {
    networkInterfaceID: reportedID('ID of the interface, eni- and 17 hexadecimal digits.'),
    networkInterfaceName: name('Name of the NetworkInterface; left out of the one that the instance is launched with, which is no object of its own.').exactOptional(),
    deviceIndex: integer({ description: 'Place among the interfaces of the instance; 0 is the one that it is launched with.', min: 0, max: 15 }),
    subnetID: reportedID('ID of its subnet.').exactOptional(),
    privateIPAddress: text({ description: 'Private IPv4 address.', max: 15 }).exactOptional(),
    publicIPAddress: text({ description: 'Public IPv4 address that leads to it.', max: 15 }).exactOptional(),
    macAddress: text({ description: 'MAC address.', max: 17 }),
    state: choice(['attaching', 'attached', 'detaching'], 'State of the attachment.'),
  }), { description: 'Network interfaces of the instance, by their place.', max: 16, keys: ['networkInterfaceID'] }).exactOptional(),
  blockDevices: list(struct('A disk of the instance.', {
    deviceName: text({ description: 'Device name that the guest is told.', max: 32 }),
    volumeName: name('Name of the Volume.'),
    volumeID: reportedID('ID of the volume.').exactOptional(),
    state: choice(['attaching', 'attached', 'detaching', 'detached', 'busy'], 'State of the attachment.'),
    attachTime: dateTime('When it was attached, RFC 3339 in UTC.').exactOptional(),
    deleteOnTermination: flag('Whether the Volume is deleted with the instance.'),
    fromImage: flag('Whether it is of the block device map of the image: on record before it is made, for the image may go.').exactOptional(),
  }), { description: 'Disks of the instance.', max: 64, keys: ['deviceName'] }).exactOptional(),
  instanceStore: list(struct('A disk of the host that the instance has until it stops.', {
    virtualName: text({ description: 'Name as EC2 counts them, for example ephemeral0; the guest finds it as /dev/disk/by-id/virtio-ephemeral0.', max: 32 }),
    size: reportedBytes('Size.'),
    media: text({ description: 'What the type says that it is made of.', max: 16 }),
  }), { description: 'Instance store: disks that a reboot keeps, and a stop or a failure of the host loses.', max: 24, keys: ['virtualName'] }).exactOptional(),
  statusChecks: struct('Results of the status checks.', {
    system: check('Whether the host and network of the instance work.'),
    instance: check('Whether the guest answers.'),
  }).exactOptional(),
  pendingChanges: list(struct('A change of the spec that is not in effect yet.', {
    path: text({ description: 'Path of the field, for example spec.instanceType.', max: 256 }),
    current: text({ description: 'Value in effect.', max: 1024 }),
    desired: text({ description: 'Value in the spec.', max: 1024 }),
    takesEffect: choice(['StopStart', 'Reboot'], 'What puts it into effect: state Stopped and then Running, or a reboot.'),
  }), { description: 'Changes of the spec that are not in effect yet.', max: 32, keys: ['path'] }).exactOptional(),
  lastHandledRebootRequest: text({ description: 'Value of the annotation kumulus.dev/reboot-requested-at that was handled last.', max: 1024 }).exactOptional(),
})
