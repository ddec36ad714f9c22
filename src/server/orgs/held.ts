import type {Kysely} from 'kysely'
import type {Schema} from '../store/schema.ts'

/** How much an organization holds; deleted secrets and variables count by their versions alone, ended tokens not at all. */
export async function heldBy(db: Pick<Kysely<Schema>, 'selectFrom'>, orgId: number, now: string) {
  const {scopes} = await db
    .selectFrom('scopes')
    .select(({fn}) => fn.countAll<number>().as('scopes'))
    .where('org_id', '=', orgId)
    .executeTakeFirstOrThrow()
  const live = await db
    .selectFrom('entries')
    .select(({fn}) => ['kind', fn.countAll<number>().as('count')])
    .where('org_id', '=', orgId)
    .where('deleted_at', 'is', null)
    .groupBy('kind')
    .execute()
  const {versions} = await db
    .selectFrom('versions')
    .innerJoin('entries', 'entries.id', 'versions.entry_id')
    .select(({fn}) => fn.countAll<number>().as('versions'))
    .where('org_id', '=', orgId)
    .executeTakeFirstOrThrow()
  const {tokens} = await db
    .selectFrom('tokens')
    .select(({fn}) => fn.countAll<number>().as('tokens'))
    .where('org_id', '=', orgId)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirstOrThrow()
  const liveOf = (kind: 'secret' | 'variable') => Number(live.find((row) => row.kind === kind)?.count ?? 0)
  return {
    scopes: Number(scopes),
    secrets: liveOf('secret'),
    variables: liveOf('variable'),
    versions: Number(versions),
    tokens: Number(tokens),
  }
}
