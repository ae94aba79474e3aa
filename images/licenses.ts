import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BundledPackage } from './packages.ts'

const root = new URL('..', import.meta.url).pathname

/** Licenses that let us pass a package on in our image, given that its notice comes with it. */
const accepted = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'])

/**
 * The notices of bundled packages, as their licenses ask for.
 * @throws Error that names each package whose license nobody has accepted.
 */
export const noticesOf = (packages: readonly BundledPackage[]): string => {
  const refused = packages.filter(({ license }) => !accepted.has(license))
  if (refused.length > 0) {
    const names = refused.map(({ name, license }) => `${name} (${license})`).join(', ')
    throw new Error(`these packages are bundled under licenses that nobody has accepted: ${names}. Read them, then add them to images/licenses.ts or do without.`)
  }
  const line = '='.repeat(100)
  return `Kumulus holds parts of these packages.\n${packages.map((each) => `\n${line}\n${each.name} ${each.version}, ${each.license}\n${line}\n\n${noticeOf(each)}\n`).join('')}`
}

const noticeOf = ({ path }: BundledPackage): string => {
  const files = readdirSync(join(root, path)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort()
  if (files.length > 0) return files.map((file) => readFileSync(join(root, path, file), 'utf8').trim()).join('\n\n')
  const { author, homepage } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as { author?: string | { name: string }; homepage?: string }
  const by = typeof author === 'string' ? author : author?.name
  return `The package has no file with its license.${by === undefined ? '' : ` Its author is ${by}.`}${homepage === undefined ? '' : ` Its home is ${homepage}.`}`
}
