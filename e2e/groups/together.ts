import test from 'ava'
import { registerHooks } from 'node:module'
import { filesOf } from './groups.ts'

const here = (file: string): string => new URL(file, import.meta.url).href

/** Declares the tests of every file of a group in this process, to be run one after the other. */
export const runTogether = async (group: string): Promise<void> => {
  const files = filesOf(group)
  if (files.length === 0) throw new Error(`the group ${group} has no files`)
  importSerially()
  for (const file of files) await import(here(`../../${file}`)).catch((error: unknown) => tell(file, error))
}

/** AVA's own `serial` would have the groups themselves wait for each other. */
const importSerially = (): void => {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'ava' && context.parentURL?.endsWith('.test.ts') === true ? { url: here('serial.ts'), shortCircuit: true } : next(specifier, context),
  })
}

/** What fails as it is loaded (two tests of one title do) fails by itself, and the rest of the group is run. */
const tell = (file: string, error: unknown): void => test(`${file} can be loaded`, (t) => t.fail(error instanceof Error ? error.stack : String(error)))
