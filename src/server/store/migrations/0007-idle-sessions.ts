import type {Kysely} from 'kysely'
import type {Types} from './types.ts'

/** Until when a session of the dashboard lives without being used; null: a server of before made it, and it lives to its end. */
export const idleSessions = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: a schema that this very step makes
  async up(db: Kysely<any>) {
    await db.schema.alterTable('sessions').addColumn('idle_until', t.text).execute()
  },
})
