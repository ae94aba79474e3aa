import { exploreSlice } from './slice.ts'

exploreSlice(1)
