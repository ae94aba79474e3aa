import { testFields } from './suite.ts'

testFields('Image', 850)
testFields('Volume', 620)
testFields('Snapshot', 270)
