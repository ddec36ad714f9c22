import {PosternError} from '../../client/error.ts'
import {toWire} from '../../client/wire-value.ts'
import type {WireValue} from '../../contract/value.ts'
import type {Client} from './base.ts'
import type {World} from './world.ts'

/** The form in which a value of one name goes to the server. */
export type WireForm = (name: {scope: string; key: string}, bytes: Buffer) => Promise<WireValue>

/**
 * Readable, or with `--seal` sealed to the server's key, which is fetched here: before a value is asked for.
 * @throws PosternError `not_signed_in` when there is no profile that knows by which key the server signs; `untrusted`.
 */
export async function wireForm(
  to: Client,
  kind: 'secret' | 'variable',
  {seal}: {seal?: boolean},
  {env}: World,
): Promise<WireForm> {
  if (!seal) return async (_, bytes) => toWire(bytes)
  const [{sealTo}, {recallAudit}] = await Promise.all([
    import('../../client/seal.ts'),
    import('../profile/audit-memory.ts'),
  ])
  const {org, profile} = to
  const {pinnedKey} = recallAudit(env, profile, org)
  if (pinnedKey === null) {
    throw new PosternError(
      'not_signed_in',
      '--seal needs a profile of this server: it keeps the key by which the server signs. Nothing was sent.',
      {next: 'postern login URL'},
    )
  }
  const sealed = sealTo(await to.call('sealingKey', {params: {}}), pinnedKey)
  return (name, bytes) => sealed({org, kind, ...name}, bytes)
}
