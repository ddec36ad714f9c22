import {readFileSync} from 'node:fs'
import type {Connection} from '../client/connection.ts'
import {PosternError} from '../client/error.ts'
import {isLoopback} from '../client/loopback.ts'
import {fetchOver} from '../client/transport.ts'
import {tokenKind} from '../formats/token.ts'
import type {ConnectOptions} from './index.ts'

/** For one try of a call, in milliseconds. */
const TIMEOUT = 30_000

/** Where options and environment lead. @throws PosternError `usage`, `not_signed_in`; nothing of a token is in it. */
export function connectionFrom({url, token, ca}: ConnectOptions, env: Record<string, string | undefined>): Connection {
  const given = url ?? env.POSTERN_URL
  if (!given) throw new PosternError('not_signed_in', 'No server is named: give `url`, or set POSTERN_URL.', {next: ''})
  return {
    origin: originIn(given),
    token: tokenIn(token ?? env.POSTERN_TOKEN ?? fileIn(env.POSTERN_TOKEN_FILE, 'POSTERN_TOKEN_FILE')),
    ca: ca ?? null,
    fetch: fetchOver({ca: ca ?? fileIn(env.POSTERN_CA_FILE, 'POSTERN_CA_FILE') ?? null, env}),
    timeout: TIMEOUT,
  }
}

function originIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isBare = url !== null && url.pathname === '/' && url.search + url.hash + url.username + url.password === ''
  if (url === null || !isBare || !['https:', 'http:'].includes(url.protocol))
    throw new PosternError('usage', 'The server’s URL is not one: it looks like https://postern.example:8443')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new PosternError('usage', 'The server’s URL is plain http: whoever is in between would read every secret.')
  return url.origin
}

function tokenIn(text: string | undefined): string {
  const token = text?.trim() ?? ''
  if (tokenKind(token) === 'workload') return token
  if (token === '')
    throw new PosternError(
      'not_signed_in',
      'There is no token: give `token`, or set POSTERN_TOKEN or POSTERN_TOKEN_FILE.',
      {
        next: 'postern token create NAME --environment ENV',
      },
    )
  throw new PosternError('not_signed_in', 'The token is not one of a workload.', {
    next: 'postern token create NAME --environment ENV',
  })
}

function fileIn(path: string | undefined, name: string): string | undefined {
  if (!path) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new PosternError(
      'usage',
      `The file that ${name} names cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    )
  }
}
