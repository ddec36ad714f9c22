import {PosternError} from '../../client/error.ts'
import {nearest} from '../../contract/nearest.ts'

interface KnownFlag {
  type: 'boolean' | 'option'
  char?: string | undefined
  aliases?: string[] | undefined
  allowNo?: boolean | undefined
  multiple?: boolean | undefined
  multipleNonGreedy?: boolean | undefined
  options?: readonly string[] | undefined
}

/** What a command takes. */
export interface Taken {
  flags: Record<string, KnownFlag>
  args: Record<string, {multiple?: boolean | undefined}>
  /** False: any number of arguments. */
  strict: boolean
  /** The command as it should be typed, for the error's next step. */
  form: string
}

/** No argv can hold it, so it keeps apart what the parser would mistake for a flag. */
const SHIELD = '\0'

/**
 * Refuses what oclif would take wrongly or repeat in its errors: unknown flags, a boolean flag with a value, too many
 * arguments. Gives the argv for oclif's parser; take its flags through `unshield`.
 * @throws PosternError `usage`. It names flags that exist, and an unknown one only as far as it looks like a flag's name.
 */
export function checkArgv(argv: readonly string[], taken: Taken): string[] {
  const rest = [...argv]
  const safe: string[] = []
  let positionals = 0
  let greedy = false

  const takeValue = (name: string, flag: KnownFlag, value: string | undefined): string => {
    if (value === undefined) throw usage(`--${name} needs a value.`, taken)
    if (flag.options !== undefined && !flag.options.includes(value))
      throw usage(`--${name} takes one of: ${flag.options.join(', ')}.`, taken)
    greedy = flag.multiple === true && flag.multipleNonGreedy !== true
    return value
  }

  while (rest.length > 0) {
    const token = rest.shift() as string
    if (token === '--') {
      positionals += rest.length
      safe.push(token, ...rest.splice(0))
    } else if (!token.startsWith('-') || token === '-' || (/^-\d/.test(token) && find(token, taken.flags) === null)) {
      if (!greedy) positionals += 1
      safe.push(token)
    } else {
      const equals = token.startsWith('--') ? token.indexOf('=') : -1
      const word = equals === -1 ? token : token.slice(0, equals)
      const name = find(word, taken.flags)
      if (name === null) throw unknownFlag(word, argv.length - rest.length, taken)
      const flag = taken.flags[name] as KnownFlag
      const short = !token.startsWith('--')
      if (flag.type === 'boolean') {
        if (equals !== -1 || (short && token[2] === '='))
          throw usage(`--${name} takes no value; what stands after "=" was not used.`, taken)
        safe.push(short ? token.slice(0, 2) : token)
        if (short && token.length > 2) rest.unshift(`-${token.slice(2)}`)
      } else if (short && token.length > 2) {
        takeValue(name, flag, token.slice(token[2] === '=' ? 3 : 2))
        safe.push(token)
      } else if (equals !== -1) {
        const value = takeValue(name, flag, token.slice(equals + 1))
        safe.push(word, isTakenForFlag(value, taken.flags) ? SHIELD + value : value)
      } else {
        const value = rest.shift()
        if (value !== undefined && isTakenForFlag(value, taken.flags))
          throw usage(`--${name} needs a value; one that looks like a flag is written --${name}=…`, taken)
        safe.push(token, takeValue(name, flag, value))
      }
    }
  }

  const most = Object.keys(taken.args).length
  const unlimited = !taken.strict || Object.values(taken.args).some((arg) => arg.multiple)
  if (!unlimited && positionals > most) throw surplus(taken)
  return safe
}

/** Gives the parsed flags as they were typed. */
export function unshield<F extends object>(flags: F): F {
  const bare = (value: unknown) => (typeof value === 'string' && value.startsWith(SHIELD) ? value.slice(1) : value)
  for (const [name, value] of Object.entries(flags))
    (flags as Record<string, unknown>)[name] = Array.isArray(value) ? value.map(bare) : bare(value)
  return flags
}

/** Whether oclif's parser takes `word` for a flag. It looks names up in a plain object, which has a `constructor` too. */
const isTakenForFlag = (word: string, flags: Taken['flags']): boolean =>
  find(word, flags) !== null || (word.startsWith('--') && word.slice(2) in {})

/** The flag that `word` names; null: none. */
function find(word: string, flags: Taken['flags']): string | null {
  if (word.startsWith('--')) {
    const asked = word.slice(2)
    for (const [name, flag] of Object.entries(flags)) {
      if (name === asked || flag.aliases?.includes(asked)) return name
      if (flag.allowNo && `no-${name}` === asked) return name
    }
    return null
  }
  if (!word.startsWith('-') || word.length < 2) return null
  return Object.keys(flags).find((name) => flags[name]?.char === word[1]) ?? null
}

function usage(message: string, taken: Taken): PosternError {
  return new PosternError('usage', message, {next: taken.form})
}

function unknownFlag(word: string, place: number, taken: Taken): PosternError {
  const looksLikeOne = /^(--[a-z]+(-[a-z]+){0,4}|-[a-zA-Z])$/.test(word) && word.length <= 32
  const near = nearest(word.slice(2), Object.keys(taken.flags))
  return usage(
    `There is no flag ${looksLikeOne ? word : `like word ${place} after the command`}.${near === null ? '' : ` Did you mean --${near}?`}`,
    taken,
  )
}

function surplus(taken: Taken): PosternError {
  const names = Object.keys(taken.args).map((name) => name.toUpperCase())
  const only =
    names.length === 0
      ? 'This takes no arguments'
      : `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} all that is typed here`
  const value = 'from-stdin' in taken.flags ? ', and a value is never an argument' : ''
  return usage(`${only}${value}; nothing was done.`, taken)
}
