import type {KeysState} from '../../contract/routes/keys.ts'
import {table} from './table.ts'

/** The data keys as a table, and how far the newest re-encryption is. */
export async function keysText(state: KeysState, terminal: boolean): Promise<string> {
  const rows = state.dataKeys.map(({id, createdAt, retiredAt, sealed}) => [
    String(id),
    createdAt,
    retiredAt ?? 'in use',
    String(sealed),
  ])
  const keys = await table(['data key', 'created', 'retired', 'sealed'], rows, terminal)
  return [`Root key ${state.rootKeyId}`, keys, rotationText(state)].join('\n')
}

/** What is said of keys that were replaced in a database: `erased` holds for the embedded store alone. */
export const REPLACED_ROWS_STAY =
  'PostgreSQL keeps the rows that were replaced, wrapped by the root key of then, until a vacuum, and in its WAL and base backups until these are gone.'

/** One line on the newest re-encryption. */
export function rotationText({rotation}: KeysState): string {
  if (rotation === null) return 'Nothing was ever re-encrypted.'
  const {keyId, total, remaining, finishedAt} = rotation
  if (finishedAt === null) return `Re-encrypting under data key ${keyId}: ${total - remaining} of ${total} versions.`
  if (remaining === 0) return `Re-encrypted under data key ${keyId}: ${total} versions, at ${finishedAt}.`
  return `Re-encrypted under data key ${keyId}, but for ${remaining} versions that do not open, at ${finishedAt}.`
}
