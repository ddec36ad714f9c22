import {Buffer} from 'node:buffer'
import {type Kysely, sql} from 'kysely'
import type {KeysState} from '../../contract/routes/keys.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>

/** The data key that a version is sealed under, as its format has it; the index `versions_by_data_key` is over this very text. */
export const sealedUnder = sql<Uint8Array>`substr(sealed, 2, 4)`

/** A data key's id as it stands in a sealed value: ordered as the numbers are. */
export function idBytes(keyId: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(keyId)
  return bytes
}

/** How many versions are under each data key that is older than `keyId`. */
export async function versionsUnder(db: Db, keyId: number): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('versions')
    .select((eb) => [sealedUnder.as('key'), eb.fn.countAll<number>().as('versions')])
    .where(sql<boolean>`${sealedUnder} < ${idBytes(keyId)}`)
    .groupBy(sealedUnder)
    .execute()
  return new Map(rows.map((row) => [Buffer.from(row.key).readUInt32BE(), Number(row.versions)]))
}

/** What may be known of the keys. It is asked for often, so it counts nothing. */
export async function keysState(db: Db): Promise<KeysState> {
  const keys = await db.selectFrom('keys').selectAll().where('purpose', '=', 'data').orderBy('id').execute()
  const rotation = await db.selectFrom('rotations').selectAll().orderBy('key_id', 'desc').limit(1).executeTakeFirst()
  return {
    rootKeyId: keys[0]!.root_key_id,
    dataKeys: keys.map((key) => ({
      id: key.id,
      createdAt: key.created_at,
      retiredAt: key.retired_at,
      sealed: Number(key.sealed_count),
    })),
    rotation:
      rotation === undefined
        ? null
        : {
            keyId: rotation.key_id,
            total: rotation.total,
            remaining: rotation.total - rotation.done,
            startedAt: rotation.started_at,
            finishedAt: rotation.finished_at,
          },
  }
}
