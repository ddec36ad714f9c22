import {isUtf8} from 'node:buffer'
import {PosternError} from '../../client/error.ts'
import type {ResolvedItem} from '../../client/workload.ts'
import type {Env} from '../profile/folder.ts'
import {isOwnCredential, runsCode} from './names-that-run-code.ts'

/** What decides between the environment that is inherited and what the store gives. */
export interface EnvironmentRules {
  /** Inherit nothing but what every program needs, and `keep`. */
  clean: boolean
  keep: readonly string[]
  /** What is inherited wins over the store. */
  preserve: boolean
  /** Stands before each key's name. */
  prefix: string
  /** Names that run code and may come from the store all the same. */
  allow: readonly string[]
}

/** What `--clean-env` lets through. */
const NEEDED = /^(?:PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LC_.*|TZ|TMPDIR)$/
/** Without which Windows starts no program. */
const NEEDED_ON_WINDOWS =
  /^(?:PATH|PATHEXT|SystemRoot|SystemDrive|ComSpec|windir|TEMP|TMP|USERPROFILE|USERNAME|APPDATA|LOCALAPPDATA)$/i

/**
 * The variables of a command: what is inherited, then what the store gives, then `paths` of mounted files. Values are in it
 * and nowhere else. Postern's own credential is not.
 * @throws PosternError `value_refused` for what no variable can hold, or must not without `allow`, by its key.
 */
export function childEnvironment(
  inherited: Env,
  items: readonly ResolvedItem[],
  paths: ReadonlyMap<string, string>,
  rules: EnvironmentRules,
): Map<string, string> {
  const variables = inheritedBy(inherited, rules)
  const added = items
    .map((item) => ({item, name: rules.prefix + item.key}))
    .filter(({name}) => !(rules.preserve && variables.has(name)))
  refuseCode(added, rules)
  for (const {name, item} of added) variables.set(name, textOf(item))
  for (const [name, path] of paths) variables.set(name, path)
  return variables
}

function inheritedBy(inherited: Env, {clean, keep}: EnvironmentRules): Map<string, string> {
  const variables = new Map<string, string>()
  for (const [name, text] of Object.entries(inherited)) {
    if (text === undefined || isOwnCredential(name)) continue
    if (!clean || isNeeded(name) || keep.includes(name)) variables.set(name, text)
  }
  return variables
}

const isNeeded = (name: string): boolean =>
  NEEDED.test(name) || (process.platform === 'win32' && NEEDED_ON_WINDOWS.test(name))

function refuseCode(added: readonly {name: string; item: ResolvedItem}[], {allow}: EnvironmentRules): void {
  const own = added.find(({name}) => isOwnCredential(name))
  if (own !== undefined)
    throw new PosternError(
      'value_refused',
      `${own.name} of scope ${own.item.scope} is a name of Postern’s own credential, which no command gets.`,
      {next: 'Leave it out with --only, or give it another name with --add-prefix.'},
    )
  const refused = added.filter(({name}) => runsCode(name) && !allow.includes(name))
  if (refused.length === 0) return
  const listed = refused.slice(0, 10).map(({name, item}) => `${name} (scope ${item.scope})`)
  const more = refused.length > 10 ? `, and ${refused.length - 10} more` : ''
  throw new PosternError(
    'value_refused',
    `The store gives what decides which code runs or whom a program trusts: ${listed.join(', ')}${more}. Nothing was started.`,
    {
      next: `If that is meant, add --allow-env ${refused[0]!.name}; else leave it out with --only, or use --add-prefix.`,
    },
  )
}

function textOf({key, value}: ResolvedItem): string {
  const bytes = value.bytes()
  const cannot = bytes.includes(0) ? 'holds a NUL byte' : isUtf8(bytes) ? null : 'is not text in UTF-8'
  if (cannot === null) return bytes.toString('utf8')
  throw new PosternError('value_refused', `The value of ${key} ${cannot}, so no variable can hold it.`, {
    next: `Hand it over as a file: --mount NAME=${key}`,
  })
}
