import {PosternError} from '../../client/error.ts'
import type {Taken} from './raw-argv.ts'

interface Typed {
  id?: string
  /** Where flags and arguments do not say it: oclif shows it, too. */
  usage?: string | string[] | undefined
  flags?: Record<string, {required?: boolean; helpValue?: string | string[]; exactlyOne?: string[]}>
  args?: Record<string, {required?: boolean; multiple?: boolean}>
}

/** The command as it should be typed: `postern secret set --scope SCOPE KEY`, with the ways to hand a value over. */
export function formOf(command: Typed): string {
  if (typeof command.usage === 'string') return `postern ${command.usage}`
  const flags = Object.entries(command.flags ?? {})
  const required = flags
    .filter(([, flag]) => flag.required)
    .map(([name, flag]) => `--${name} ${typeof flag.helpValue === 'string' ? flag.helpValue : name.toUpperCase()}`)
  const args = Object.entries(command.args ?? {}).map(([name, arg]) => {
    const word = name.toUpperCase() + (arg.multiple ? '…' : '')
    return arg.required ? word : `[${word}]`
  })
  const choices = flags.find(([, flag]) => flag.exactlyOne !== undefined)?.[1].exactlyOne ?? []
  const choice = choices.map((name) => `--${name}`).join(' | ')
  const form = ['postern', ...(command.id ?? '').split(':'), choice, ...required, ...args]
    .filter((word) => word !== '')
    .join(' ')
  const takesValue = flags.some(([name]) => name === 'value')
  return takesValue ? `${form} with --prompt, --from-stdin, --from-file PATH, --from-env VAR or --value TEXT` : form
}

interface ParserError {
  args?: {name: string}[]
  parse?: {input?: {flags?: Record<string, KnownRules>}; output?: {flags?: Record<string, unknown>}}
}

interface KnownRules {
  required?: boolean
  exclusive?: string[]
  dependsOn?: string[]
  exactlyOne?: string[]
  relationships?: {type: 'all' | 'some' | 'none'; flags: unknown[]}[]
}

/** oclif's parser says what went wrong in sentences that repeat what was typed; this says it from names alone. */
export function usageFrom(error: Error, taken: Pick<Taken, 'form'>): PosternError {
  const usage = (message: string) => new PosternError('usage', message, {next: taken.form})
  const {args, parse} = error as ParserError
  if (error.constructor.name === 'RequiredArgsError' && Array.isArray(args))
    return usage(`Missing: ${args.map((arg) => arg.name.toUpperCase()).join(', ')}.`)
  const given = parse?.output?.flags ?? {}
  const isGiven = (other: string) => given[other] !== undefined && given[other] !== false
  for (const [name, flag] of Object.entries(parse?.input?.flags ?? {})) {
    if (flag.required && given[name] === undefined) return usage(`--${name} is missing.`)
    const chosen = flag.exactlyOne?.filter(isGiven)
    if (chosen?.length === 0)
      return usage(`Say which: ${flag.exactlyOne!.map((other) => `--${other}`).join(', ')}. One of them is needed.`)
    if (given[name] === undefined) continue
    if (chosen !== undefined && chosen.length > 1) return usage(`--${chosen[0]} and --${chosen[1]} exclude each other.`)
    const clash = flag.exclusive?.find(isGiven)
    if (clash !== undefined) return usage(`--${name} and --${clash} exclude each other.`)
    for (const {type, flags} of [{type: 'all', flags: flag.dependsOn ?? []}, ...(flag.relationships ?? [])]) {
      const lacking = flags.map(String).filter((other) => !isGiven(other))
      if (lacking.length === 0 || (type === 'some' && lacking.length < flags.length)) continue
      const needed = type === 'some' ? lacking.map((other) => `--${other}`).join(' or ') : `--${lacking[0]}`
      return usage(`--${name} needs ${needed} beside it.`)
    }
  }
  const once = /^Flag --([a-z-]+) can only be specified once/.exec(error.message)
  if (once) return usage(`--${once[1]} was given twice.`)
  const parsing = /^Parsing --([a-z-]+) /.exec(error.message)
  if (parsing) return usage(`--${parsing[1]} has a value that it does not take.`)
  return usage('The command was typed wrongly.')
}

/** Takes away what oclif wraps around an error that a flag's `parse` threw; a usage error gets the right form, if it names no other. */
export function unwrapped(error: PosternError, form: string): PosternError {
  const message = error.message.replace(/^Parsing --\S+ \n\t/, '').replace(/\nSee more help with --help$/, '')
  return new PosternError(error.code, message, error.code === 'usage' ? {next: form, ...error.facts} : error.facts)
}
