/** `npm run bundle`: makes `dist/`, or the folder that is named, for the image. */
import { writeTree } from './tree.ts'

const given = process.env['SOURCE_DATE_EPOCH']
if (given !== undefined && !/^\d{1,11}$/.test(given)) {
  process.stderr.write(`SOURCE_DATE_EPOCH is "${given}": write seconds since 1970\n`)
  process.exit(2)
}
await writeTree(process.argv[2] ?? new URL('../dist', import.meta.url).pathname, given === undefined ? undefined : Number(given))
