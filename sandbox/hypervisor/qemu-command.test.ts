import test from 'ava'
import type { Machine } from './hypervisor.ts'
import { kernelPlace, qemuArguments } from './qemu-command.ts'

const GiB = 1024 ** 3
const machine: Machine = {
  uid: 'u-1', namespace: 'team', name: 'web', vcpus: 8, memoryBytes: 4 * GiB,
  firmware: { uuid: '11111111-2222-4333-8444-555555555555', serial: 'i-0,1' },
  disks: [
    { name: 'root', path: '/disks/a,b.qcow2', bus: 'virtio', serial: 'vol1', readOnly: false },
    { name: 'data', path: '/disks/c.qcow2', bus: 'scsi', readOnly: true },
  ],
  seed: { userData: 'secret', metaData: '' },
  network: { mac: '02:00:00:00:00:01', address: '10.0.1.5' },
}
const host = { accelerator: 'tcg', cores: 2, memoryBytes: 4 * GiB, openNetwork: false } as const
const after = (args: string[], flag: string) => args.filter((_, index) => args[index - 1] === flag)

test('a software-emulated guest gets no more processors than the machine has, and at most half its memory', (t) => {
  const args = qemuArguments(machine, host)
  t.deepEqual(after(args, '-smp'), ['2'])
  t.deepEqual(after(args, '-m'), ['2048M'])
  t.deepEqual(after(qemuArguments(machine, { ...host, accelerator: 'kvm', memoryBytes: 64 * GiB }), '-smp'), ['8'])
})

test('disks are opened as qcow2 and nothing else, with their serials, the first one to boot from', (t) => {
  const args = qemuArguments(machine, host)
  const drives = after(args, '-blockdev').map((text) => JSON.parse(text) as { driver: string; 'read-only': boolean; file: { filename: string } })
  t.deepEqual(drives.map(({ driver, file }) => [driver, file.filename]), [['qcow2', '/disks/a,b.qcow2'], ['qcow2', '/disks/c.qcow2'], ['raw', 'seed.iso']])
  t.deepEqual(drives.map((drive) => drive['read-only']), [false, true, true])
  t.true(after(args, '-device').includes('virtio-blk-pci,drive=disk0,id=disk0-device,bootindex=1,serial=vol1'))
})

test('commas in names and serials do not become options', (t) => {
  t.true(qemuArguments(machine, host).some((each) => each.endsWith(',serial=i-0,,1')))
})

test('guests reach nothing of this machine unless that was asked for', (t) => {
  t.true(after(qemuArguments(machine, host), '-netdev')[0]?.includes(',restrict=on,'))
  t.true(after(qemuArguments(machine, { ...host, openNetwork: true }), '-netdev')[0]?.includes(',restrict=off,'))
})

test('a guest on a network has its cable and no other way, is told its MTU, and is offered nothing that the cable would not complete', (t) => {
  const args = qemuArguments(machine, host, { tap: 'tap7', mtu: 1400, enter: [], login: '' })
  t.deepEqual(after(args, '-netdev'), ['tap,id=net0,ifname=tap7,script=no,downscript=no,vnet_hdr=off'])
  t.true(after(args, '-device').includes('virtio-net-pci,netdev=net0,mac=02:00:00:00:00:01,host_mtu=1400'))
})

test('user data is nowhere in the command line', (t) => {
  t.false(qemuArguments(machine, host).join(' ').includes('secret'))
})

test('an emulated guest starts again as fast as it started: what was translated of its old kernel goes at a reset, where its memory reaches so far', (t) => {
  const loader = `loader,file=zeros,addr=${kernelPlace.address},force-raw=on`
  t.true(after(qemuArguments(machine, host), '-device').includes(loader))
  t.false(after(qemuArguments({ ...machine, memoryBytes: 64 * 1024 ** 2 }, host), '-device').includes(loader))
  t.false(after(qemuArguments(machine, { ...host, accelerator: 'kvm' }), '-device').includes(loader))
})
