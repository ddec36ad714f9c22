import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import type {Filters} from '../../client/workload.ts'
import {tokenKind} from '../../formats/token.ts'
import {secondsOf} from '../command/duration.ts'
import type {LastGood} from './last-good.ts'

/** How old the last good values may be where nothing else is said. */
const MAX_AGE = '24h'

/**
 * Where `--fallback` keeps the last good values; null: nowhere. @throws PosternError `usage` for who has no token that would
 * open them later: a credential of minutes does not.
 */
export function lastGoodOf(
  {fallback, 'max-age': maxAge = MAX_AGE}: {fallback?: string | undefined; 'max-age'?: string | undefined},
  {token, origin}: Pick<Connection, 'token' | 'origin'>,
  {only, scopes}: Filters,
): LastGood | null {
  if (fallback === undefined) return null
  if (token === null || tokenKind(token) !== 'workload')
    throw new PosternError('usage', '--fallback seals what it keeps to a workload’s token, and this is not one.', {
      next: 'Make one: postern token create NAME --environment ENV; and give it in POSTERN_TOKEN or POSTERN_TOKEN_FILE.',
    })
  const of = {server: origin, only: only ?? null, scopes: scopes ?? null}
  return {file: fallback, token, of, maxAge: secondsOf(maxAge)! * 1000}
}
