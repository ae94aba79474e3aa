import { testFields } from './suite.ts'

testFields('VPC', 200)
testFields('Subnet', 280)
testFields('SecurityGroup', 800)
