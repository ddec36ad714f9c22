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

/** How many versions each data key opens, by its id. */
export async function versionsByKey(db: Db): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('versions')
    .select((eb) => [sealedUnder.as('key'), eb.fn.countAll<number>().as('versions')])
    .groupBy(sealedUnder)
    .execute()
  return new Map(rows.map((row) => [Buffer.from(row.key).readUInt32BE(), Number(row.versions)]))
}

/** What may be known of the keys. */
export async function keysState(db: Db): Promise<KeysState> {
  const keys = await db.selectFrom('keys').selectAll().where('purpose', '=', 'data').orderBy('id').execute()
  const opened = await versionsByKey(db)
  const rotation = await db.selectFrom('rotations').selectAll().orderBy('key_id', 'desc').limit(1).executeTakeFirst()
  return {
    rootKeyId: keys[0]!.root_key_id,
    dataKeys: keys.map((key) => ({
      id: key.id,
      createdAt: key.created_at,
      retiredAt: key.retired_at,
      sealed: Number(key.sealed_count),
      versions: opened.get(key.id) ?? 0,
    })),
    rotation:
      rotation === undefined
        ? null
        : {
            keyId: rotation.key_id,
            total: rotation.total,
            remaining: olderThan(rotation.key_id, opened),
            startedAt: rotation.started_at,
            finishedAt: rotation.finished_at,
          },
  }
}

/** How many of the versions are under an older key than `keyId`. */
export const olderThan = (keyId: number, opened: ReadonlyMap<number, number>): number =>
  [...opened].reduce((sum, [id, versions]) => (id < keyId ? sum + versions : sum), 0)
