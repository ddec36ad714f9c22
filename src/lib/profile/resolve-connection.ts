import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'

/**
 * Where to go, as whom: flag, then environment, then profile.
 * @throws PosternError `not_signed_in` when nothing says so.
 */
export async function resolveConnection(_: {
  env: Readonly<Record<string, string | undefined>>
  profileFlag: string | undefined
}): Promise<{connection: Connection; profile: string | null; org: string | null}> {
  throw new PosternError('not_signed_in', 'No server is known here.', {next: 'postern login URL'})
}
