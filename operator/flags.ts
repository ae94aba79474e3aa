import { parseArgs } from 'node:util'

/** One flag of a program. */
export type Flag = {
  type: 'string' | 'boolean'
  multiple?: boolean
  default?: string | boolean
  /** What stands for the value in the help. */
  value?: string
  description: string
}

type Text<F extends Flag> = F extends { multiple: true } ? string[] : F extends { default: string } ? string : string | undefined
type Value<F extends Flag> = F['type'] extends 'boolean' ? boolean : Text<F>

export type Values<T extends Record<string, Flag>> = { [Name in keyof T]: Value<T[Name]> }

/** A mistake of whoever starts the program; its message is all that they need to see. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads flags, and for those not given the environment: `--image-sources` is `KUMULUS_IMAGE_SOURCES` there, values of a repeatable flag
 * parted by commas.
 * @throws UsageError on an unknown flag or a missing value. With `--help` its message is the help.
 */
export const parseFlags = <const T extends Record<string, Flag>>(
  program: { name: string; summary: string },
  flags: T,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Values<T> => {
  const all = { help: { type: 'boolean' }, ...Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, optionOf(flag)])) } as const
  const given = parsed(program.name, all, args)
  if (given['help'] === true) throw new UsageError(helpOf(program, flags))
  const valueOf = (name: string, flag: Flag) => given[name] ?? fromEnvironment(name, flag, environment) ?? defaultOf(flag)
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, valueOf(name, flag)])) as Values<T>
}

const optionOf = ({ type, multiple }: Flag) => ({ type, multiple: multiple ?? false })

const defaultOf = (flag: Flag): unknown => flag.default ?? (flag.multiple === true ? [] : flag.type === 'boolean' ? false : undefined)

type Option = { type: 'string' | 'boolean'; multiple?: boolean }

const parsed = (name: string, options: Record<string, Option>, args: readonly string[]): Record<string, unknown> => {
  try {
    return parseArgs({ args: [...args], options, allowNegative: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : String(error)}\nTry ${name} --help.`)
  }
}

const fromEnvironment = (name: string, flag: Flag, environment: Readonly<Record<string, string | undefined>>): unknown => {
  const variable = `KUMULUS_${name.toUpperCase().replaceAll('-', '_')}`
  const text = environment[variable]
  if (text === undefined || text === '') return undefined
  if (flag.multiple === true) return text.split(',').map((each) => each.trim())
  if (flag.type === 'string') return text
  if (text !== 'true' && text !== 'false') throw new UsageError(`${variable} is "${text}": write true or false`)
  return text === 'true'
}

const helpOf = (program: { name: string; summary: string }, flags: Record<string, Flag>): string => {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const left = `  --${name}${flag.type === 'boolean' ? '' : ` ${flag.value ?? 'VALUE'}`}`
    const notes = [flag.multiple === true ? 'may be repeated' : '', flag.default === undefined ? '' : `default ${flag.default}`].filter((note) => note !== '')
    return `${left.padEnd(40)}${flag.description}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
  })
  return [program.summary, '', `Usage: ${program.name} [flags]`, '', ...lines, '', 'Each flag may be given as KUMULUS_<FLAG> in the environment too.'].join('\n')
}
