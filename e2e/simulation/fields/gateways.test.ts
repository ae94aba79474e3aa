import { testFields } from './suite.ts'

testFields('RouteTable', 650)
testFields('InternetGateway', 150)
testFields('NetworkACL', 620)
testFields('PrefixList', 270)
testFields('PublicIPPool', 240)
testFields('ElasticIP', 340)
testFields('NATGateway', 240)
testFields('VPCPeering', 280)
testFields('NetworkInterface', 520)
testFields('ReachabilityAnalysis', 700)
