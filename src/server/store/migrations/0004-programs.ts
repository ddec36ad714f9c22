import type {Kysely} from 'kysely'
import type {Types} from './types.ts'

/** The versions of the program that had the store, each since when: so a program that is too old can say which one to take. */
export const programs = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: a schema that this very step makes
  async up(db: Kysely<any>) {
    await db.schema
      .createTable('programs')
      .addColumn('version', t.text, (c) => c.primaryKey())
      .addColumn('first_at', t.text, (c) => c.notNull())
      .execute()
  },
})
