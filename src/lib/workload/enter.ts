import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import {tokenKind} from '../../formats/token.ts'
import type {Client} from '../command/base.ts'

/** A connection to the workload surface. */
export interface Entered {
  connection: Connection
  /** Whether the credential is a workload's own token; else it is one of minutes, of whoever is signed in. */
  own: boolean
}

/**
 * Reaches the workload surface: with the token itself where it is a workload's, else with a credential of 15 minutes for
 * the environment. @throws PosternError `usage` where no environment is named; else as the server refuses.
 */
export async function enter(client: Client, environment: string | undefined): Promise<Entered> {
  const {connection} = client
  if (tokenKind(connection.token ?? '') === 'workload') return {connection, own: true}
  if (environment === undefined)
    throw new PosternError('usage', 'Which environment is meant is missing.', {
      next: 'Name it: --environment ENV; postern environment list shows them.',
    })
  const {token} = await client.call('environmentsEnter', {params: {org: client.org}, query: {environment}})
  return {connection: {...connection, token}, own: false}
}

/** @throws PosternError `usage` when a workload's token is of another environment than the one that was named. */
export function checkEnvironment(named: string | undefined, actual: string): void {
  if (named === undefined || named === actual) return
  throw new PosternError('usage', `The token is bound to the environment ${actual}, and another one was named.`, {
    next: `Leave --environment out, or use a token of that environment.`,
  })
}
