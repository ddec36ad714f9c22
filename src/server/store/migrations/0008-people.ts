import type {Kysely} from 'kysely'
import type {Types} from './types.ts'

/** Whom the provider of single sign-on says that somebody is: such a row is a person, and nobody has its token. */
export const people = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: a schema that this very step makes
  async up(db: Kysely<any>) {
    await db.schema.alterTable('tokens').addColumn('subject', t.text).execute()
    await db.schema.createIndex('tokens_by_subject').unique().on('tokens').columns(['org_id', 'subject']).execute()
  },
})
