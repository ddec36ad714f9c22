import type {Kysely} from 'kysely'
import type {Schema} from './schema.ts'

type Reader = Pick<Kysely<Schema>, 'selectFrom'>

/** The first organization is the server's own: its deeds belong there, and the others are managed from there. */
export const firstOrganization = (db: Reader): Promise<{id: number; name: string}> =>
  db.selectFrom('organizations').select(['id', 'name']).orderBy('id').limit(1).executeTakeFirstOrThrow()

export const isFirst = async (db: Reader, orgId: number): Promise<boolean> => (await firstOrganization(db)).id === orgId
