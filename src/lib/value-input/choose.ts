import {PosternError} from '../../client/error.ts'
import type {ValueFlags} from './flags.ts'
import {type Form, formOf} from './generate.ts'

/** Where a value comes from. */
export type Origin =
  | {mode: 'prompt'}
  | {mode: 'stdin'}
  | {mode: 'file'; path: string}
  | {mode: 'env'; name: string}
  | {mode: 'argv'; text: string}
  | {mode: 'generate'; form: Form}

/** Where a value comes from and what must hold for it. */
export type Source = Origin & {
  /** Whether one trailing newline is dropped. */
  trims: boolean
  binary: boolean
  allowEmpty: boolean
  /** Lower-case hex SHA-256 that the value must have; null: any. */
  fingerprint: string | null
}

interface Terminal {
  stdinIsTerminal: boolean
  stderrIsTerminal: boolean
}

/**
 * Decides where the value comes from, before anything is read.
 * @throws PosternError `usage` when the flags do not go together, or not with this terminal.
 */
export function choose(flags: ValueFlags, terminal: Terminal): Source {
  const origin = originOf(flags, terminal)
  const readsBytes = origin.mode === 'stdin' || origin.mode === 'file'
  if (flags['no-trim'] && !readsBytes)
    throw usage(
      '--no-trim goes with --from-stdin and --from-file; the others are taken as they are.',
      'Leave out --no-trim.',
    )
  if (origin.mode === 'generate' && (flags.binary || flags['confirm-fingerprint'] !== undefined))
    throw usage(
      '--generate makes text that nobody knows beforehand; nothing was made.',
      'Leave out --binary and --confirm-fingerprint.',
    )
  if (flags.binary && (origin.mode === 'prompt' || origin.mode === 'argv'))
    throw usage(
      '--binary goes with bytes, and what is typed is text.',
      'Use --binary with --from-stdin or --from-file.',
    )
  const fingerprint = flags['confirm-fingerprint']?.toLowerCase() ?? null
  if (fingerprint !== null && !/^[0-9a-f]{64}$/.test(fingerprint))
    throw usage('--confirm-fingerprint takes a SHA-256 as 64 hex digits; nothing was read.', 'Make it with sha256sum.')
  return {
    ...origin,
    trims: readsBytes && !flags['no-trim'] && !flags.binary,
    binary: flags.binary ?? false,
    allowEmpty: flags['allow-empty'] ?? false,
    fingerprint,
  }
}

function originOf(flags: ValueFlags, terminal: Terminal): Origin {
  const {prompt, 'from-stdin': stdin, 'from-file': path, 'from-env': name, value: text, generate} = flags
  const given = [
    prompt && '--prompt',
    stdin && '--from-stdin',
    path !== undefined && '--from-file',
    name !== undefined && '--from-env',
    text !== undefined && '--value',
    generate !== undefined && '--generate',
  ].filter((flag) => typeof flag === 'string')
  if (given.length > 1)
    throw usage(
      `A value comes from one place, and ${given.join(' and ')} name ${given.length}; nothing was read.`,
      `Keep one of them.`,
    )
  if (generate !== undefined) return {mode: 'generate', form: formOf(generate)}
  if (text !== undefined) return {mode: 'argv', text}
  if (name !== undefined) return {mode: 'env', name: environmentName(name)}
  if (path !== undefined && path !== '-') return {mode: 'file', path}
  if (stdin || path === '-') {
    if (terminal.stdinIsTerminal)
      throw usage('stdin is a terminal, where what is typed would show.', 'Use --prompt, or pipe the value in.')
    return {mode: 'stdin'}
  }
  if (!prompt && !terminal.stdinIsTerminal) return {mode: 'stdin'}
  if (!terminal.stdinIsTerminal)
    throw usage('--prompt needs a terminal, and stdin is none.', 'Use --from-stdin, or leave out --prompt.')
  if (!terminal.stderrIsTerminal)
    throw usage(
      'The prompt is shown on stderr, which is no terminal.',
      'Use --from-stdin, or leave stderr on the terminal.',
    )
  return {mode: 'prompt'}
}

/** A name that is none may well be the value itself, so it is not repeated. */
function environmentName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw usage('--from-env takes the name of an environment variable, not a value.', 'As in --from-env SECRET_VALUE.')
}

function usage(message: string, next: string): PosternError {
  return new PosternError('usage', message, {next})
}
