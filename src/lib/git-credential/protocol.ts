import {isUtf8} from 'node:buffer'
import {PosternError} from '../../client/error.ts'
import {isLoopback} from '../../client/loopback.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {originOf} from '../profile/origin.ts'

// The helper's side of gitcredentials(7) and git-credential(1), "Input/Output format".

/** What git says of whom it talks to. */
export interface Request {
  /** Scheme, host and port; null: it is nothing that a URL could name. */
  origin: string | null
  username: string | null
}

/** What git wrote: a line for each attribute, `name=text`. Of one that comes twice the last counts. */
export function requestIn(text: string): Request {
  const attributes = new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=')
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const]
    }),
  )
  const url = `${attributes.get('protocol') ?? ''}://${attributes.get('host') ?? ''}`
  // No host holds what would make it another one in a URL.
  const plain = /^[a-z]+:\/\/[^/?#@\\\s]+$/i.test(url) && URL.canParse(url)
  return {origin: plain ? new URL(url).origin : null, username: attributes.get('username') ?? null}
}

/**
 * The origin that the secret is for, so that no other gets it: not the host of a submodule that somebody added.
 * @throws PosternError `usage` for what is none, and for plain http beyond this machine.
 */
export function pinnedOrigin(text: string): string {
  const origin = originOf(text, '--for', true)
  if (origin.startsWith('http:') && !isLoopback(new URL(origin).hostname))
    throw new PosternError(
      'usage',
      '--for is plain http beyond this machine: whoever is in between would read the secret.',
      {
        next: 'Use https://',
      },
    )
  return origin
}

/** What is sent to a host beside a password by itself: forges take any name with a token, and one of them wants this. */
const ANY_NAME = 'x-access-token'

/**
 * The answer to git: of a secret with fields `username` and `password`, else of its text as the password. Null: it is for another
 * user than the one that git asks for.
 * @throws PosternError `value_refused` for what git's lines cannot hold, or has no password.
 */
export function answerOf(
  {type, bytes}: {type: ValueType; bytes: Buffer},
  {asked, named}: {asked: string | null; named: string | undefined},
): string | null {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : null
  const fields = type === 'fields' ? (JSON.parse(text!) as Record<string, string>) : {password: text ?? undefined}
  const {password, username = named} = fields as {password?: string | undefined; username?: string}
  if (password === undefined || password === '')
    throw refused(type === 'fields' ? 'It has no field password.' : 'It is no text.')
  if (username !== undefined && asked !== null && username !== asked) return null
  const name = username ?? asked ?? ANY_NAME
  if (/[\n\r\0]/.test(name + password))
    throw refused('It has a line’s end or a NUL within, which git takes for no part of a password.')
  return `username=${name}\npassword=${password}\n`
}

const refused = (why: string) =>
  new PosternError('value_refused', `The secret is no password for git. ${why}`, {
    next: 'Set it anew: a token, or fields with --template login.',
  })
