import {PosternError} from '../../client/error.ts'
import {type Filters, type Resolved, resolve} from '../../client/workload.ts'
import type {Client} from '../command/base.ts'
import {checkEnvironment, type Entered, enter} from '../workload/enter.ts'
import {forgetLastGood, keepLastGood, type LastGood, readLastGood} from './last-good.ts'

/** Where a command's values come from. */
export interface Source {
  client: Client
  environment: string | undefined
  filters: Filters
  /** Null: no copy is kept. */
  lastGood: LastGood | null
  /** Use the copy alone. */
  offline: boolean
  now: () => Date
  say: (line: string) => void
}

export interface Given {
  resolved: Resolved
  /** Null: the server was not reached, and these are the last good values. */
  entered: Entered | null
}

/** What a server that is away, or has too much to do, is told by. One that is not trusted is no reason for old values. */
const AWAY = new Set(['unreachable', 'unavailable', 'overloaded', 'internal'])

/**
 * What the environment gives, from the server, or, where a copy is kept and the server is away, from that; then it says so.
 * When the server says that the credential is no longer good, the copy goes.
 * @throws PosternError as the server, or the copy, has it.
 */
export async function valuesOf(source: Source): Promise<Given> {
  const {lastGood, offline, say, now} = source
  if (lastGood === null) return valuesNow(source)
  if (offline) return old(source, lastGood, 'as --offline says')
  try {
    const given = await valuesNow(source)
    try {
      keepLastGood(lastGood, given.resolved, now())
    } catch (error) {
      say(`Warning: ${(error as Error).message}`)
    }
    return given
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    if (error.code === 'unauthenticated' || error.code === 'forbidden') forgetLastGood(lastGood)
    if (!AWAY.has(error.code)) throw error
    return old(source, lastGood, `${error.message.replace(/\.$/, '')}, so`)
  }
}

/** The same, of the server alone. @throws PosternError as the server has it. */
export async function valuesNow({
  client,
  environment,
  filters,
}: Pick<Source, 'client' | 'environment' | 'filters'>): Promise<Given> {
  const entered = await enter(client, environment)
  const resolved = await resolve(entered.connection, filters)
  if (resolved === 'unchanged') throw new PosternError('failed', 'The server answered with nothing.')
  checkEnvironment(environment, resolved.environment)
  return {resolved, entered}
}

function old({environment, now, say}: Source, lastGood: LastGood, why: string): Given {
  const {resolved, at} = readLastGood(lastGood, now())
  checkEnvironment(environment, resolved.environment)
  say(`Warning: ${why} these are the last good values, from ${at.toISOString()}.`)
  return {resolved, entered: null}
}
