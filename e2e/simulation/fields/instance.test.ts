import { testFields } from './suite.ts'

testFields('Instance', 1700)
