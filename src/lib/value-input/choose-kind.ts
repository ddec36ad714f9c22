import {PosternError} from '../../client/error.ts'
import {FIELD_RULE, isField} from '../../contract/reference.ts'
import {choose, type Origin, type Source} from './choose.ts'
import type {ValueFlags} from './flags.ts'
import type {KindFlags} from './kind-flags.ts'

/** A field, and where it comes from. */
export interface Field {
  name: string
  source: Source
}

/** What a secret is, and where it comes from, before anything is read. */
export type Chosen =
  | {type: 'string' | 'file' | 'totp'; source: Source}
  | {type: 'reference'; text: string; fingerprint: string | null}
  | {type: 'fields'; fields: Field[]; fingerprint: string | null}

type Flags = ValueFlags & KindFlags

interface Terminal {
  stdinIsTerminal: boolean
  stderrIsTerminal: boolean
}

/** What each template asks for. */
const templates: Record<string, readonly string[]> = {
  login: ['username', 'password'],
  'api-key': ['key'],
  oauth: ['client_id', 'client_secret'],
}

/** Decides what a secret is and where each part of it comes from. @throws PosternError `usage`, before any I/O. */
export function chooseKind(flags: Flags, terminal: Terminal): Chosen {
  const given = namesOf(flags)
  if (given.length > 1)
    throw usage(
      `A secret is of one kind, and ${given.join(' and ')} name ${given.length}; nothing was read.`,
      'Keep one of them.',
    )
  if (flags.reference === undefined && !isOfFields(flags)) {
    const type = flags.totp ? 'totp' : flags.file ? 'file' : 'string'
    if (type !== 'string' && flags.generate !== undefined)
      throw usage(
        '--generate makes a text that nobody holds; it is no file and makes no codes.',
        'Leave out --generate.',
      )
    return {type, source: choose(type === 'file' ? {...flags, binary: true} : flags, terminal)}
  }
  const others = [
    'prompt',
    'from-stdin',
    'from-file',
    'from-env',
    'value',
    'generate',
    'binary',
    'no-trim',
    'allow-empty',
  ] as const
  const other = others.find((name) => flags[name] !== undefined && flags[name] !== false)
  if (other !== undefined)
    throw usage(`--${other} hands over a value as a whole; it does not go with ${given[0]}.`, `Leave out --${other}.`)
  const {fingerprint} = choose({'from-env': 'NONE', 'confirm-fingerprint': flags['confirm-fingerprint']}, terminal)
  return flags.reference === undefined
    ? {type: 'fields', fields: fieldsOf(flags, terminal), fingerprint}
    : {type: 'reference', text: flags.reference, fingerprint}
}

const isOfFields = (flags: Flags): boolean =>
  flags.template !== undefined ||
  [flags['field-stdin'], flags['field-file'], flags['field-env'], flags['field-prompt']].some(
    (all) => all !== undefined,
  )

const namesOf = (flags: Flags): string[] =>
  [
    isOfFields(flags) && (flags.template === undefined ? '--field-…' : '--template'),
    flags.totp && '--totp',
    flags.file && '--file',
    flags.reference !== undefined && '--reference',
  ].filter((name) => typeof name === 'string')

function fieldsOf(flags: Flags, terminal: Terminal): Field[] {
  const fields: Field[] = []
  const add = (flag: string, name: string, origin: Origin) => {
    if (!isField(name)) throw usage(`--${flag} takes a field’s name: ${FIELD_RULE}.`, 'A value is never typed with it.')
    if (fields.some((one) => one.name === name))
      throw usage('A field is given twice; nothing was read.', 'Keep one of them.')
    const readsBytes = origin.mode === 'stdin' || origin.mode === 'file'
    fields.push({name, source: {...origin, trims: readsBytes, binary: false, allowEmpty: false, fingerprint: null}})
  }
  const stdin = flags['field-stdin'] ?? []
  if (stdin.length > 1)
    throw usage('stdin holds one field, and --field-stdin names several; nothing was read.', 'Use --field-file.')
  if (stdin.length > 0 && terminal.stdinIsTerminal)
    throw usage('stdin is a terminal, where what is typed would show.', 'Use --field-prompt, or pipe the field in.')
  for (const name of stdin) add('field-stdin', name, {mode: 'stdin'})
  for (const text of flags['field-file'] ?? []) {
    const [name, path] = parted('field-file', text, 'NAME=PATH')
    add('field-file', name, {mode: 'file', path})
  }
  for (const text of flags['field-env'] ?? []) {
    const [name, variable] = parted('field-env', text, 'NAME=VAR')
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
      throw usage(
        '--field-env takes the name of an environment variable, not a value.',
        'As in --field-env password=DB_PASSWORD.',
      )
    add('field-env', name, {mode: 'env', name: variable})
  }
  const asked = flags['field-prompt'] ?? []
  for (const name of asked) add('field-prompt', name, {mode: 'prompt'})
  const lacking = (templates[flags.template ?? ''] ?? []).filter((name) => !fields.some((one) => one.name === name))
  for (const name of lacking) add('field-prompt', name, {mode: 'prompt'})
  if ((asked.length > 0 || lacking.length > 0) && !(terminal.stdinIsTerminal && terminal.stderrIsTerminal))
    throw usage(
      `There is no terminal to ask on for ${[...asked, ...lacking].join(', ')}; nothing was read.`,
      'Give each by --field-stdin, --field-file or --field-env.',
    )
  return fields
}

function parted(flag: string, text: string, form: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
  throw usage(
    `--${flag} takes ${form}; nothing was read.`,
    `As in --${flag} ${form.startsWith('NAME=PATH') ? 'key=key.pem' : 'password=DB_PASSWORD'}.`,
  )
}

const usage = (message: string, next: string) => new PosternError('usage', message, {next})
