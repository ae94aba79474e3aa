import { testFields } from './suite.ts'

testFields('InstanceType', 600)
testFields('VolumeType', 540)
testFields('KeyPair', 170)
testFields('InstanceAction', 180)
testFields('VolumeAttachment', 300)
testFields('SnapshotSchedule', 780)
