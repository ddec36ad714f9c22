import {PosternError} from '../../client/error.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {wouldSet, writtenLine} from '../output/written.ts'
import {choose} from '../value-input/choose.ts'
import type {ValueFlags} from '../value-input/flags.ts'
import {type ReadValue, readValue} from '../value-input/read-value.ts'
import type {Client} from './base.ts'
import {wireForm} from './wire-form.ts'
import type {World} from './world.ts'

interface Asked {
  route: 'secretsSet' | 'variablesSet'
  key: string
  flags: ValueFlags & {scope: string; 'dry-run': boolean; seal: boolean; 'expect-version'?: number | undefined}
  /** What goes into the request beside the value. */
  more?: {locked?: boolean | undefined; type?: ValueType | undefined}
  /** Reads the value, where it is not a text as others are. */
  read?: (() => Promise<ReadValue>) | undefined
  world: World
  client: () => Promise<Client>
  warn: (text: string) => void
}

/**
 * Reads a value as its flags say and sets a secret or variable to it; a dry run does neither ask for a token nor use the
 * network. Gives the line to print, and what `--json` prints.
 * @throws PosternError as `choose`, `readValue` and the call do; how the flags go together is checked before anything is read.
 */
export async function setValue({route, key, flags, more, read, world, client, warn}: Asked) {
  const {scope, 'dry-run': dryRun, 'expect-version': expectVersion} = flags
  const source = read === undefined ? choose(flags, world) : null
  if (dryRun && source?.mode === 'generate')
    throw new PosternError('usage', '--generate makes another value each time, so there is none for --dry-run to show.')
  const kind = route === 'secretsSet' ? 'secret' : 'variable'
  const to = dryRun ? null : await client()
  const form = to === null ? null : await wireForm(to, kind, flags, world)
  const {value, dropped} = source === null ? await read!() : await readValue(source, key, world, warn)
  if (to === null || form === null) return wouldSet(key, scope, value)
  const written = await to.call(route, {
    params: {org: to.org, key},
    query: {scope},
    body: {value: await form({scope, key}, value.bytes()), expectVersion, ...more},
  })
  const shown = flags['show-once'] ? `\n${value.bytes()}` : ''
  value.wipe()
  const newlineDropped = dropped !== null
  return {line: writtenLine(written, newlineDropped) + shown, result: {...written, newlineDropped}}
}
