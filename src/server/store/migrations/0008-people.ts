import type {Kysely} from 'kysely'
import type {Types} from './types.ts'

/**
 * Whom the provider of single sign-on says that somebody is: such a row is a person, and nobody has its token. Their
 * terminals have sessions beside their browsers, and the links that make those take more than the link itself.
 */
export const people = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: a schema that this very step makes
  async up(db: Kysely<any>) {
    await db.schema.alterTable('tokens').addColumn('subject', t.text).execute()
    await db.schema.createIndex('tokens_by_subject').unique().on('tokens').columns(['org_id', 'subject']).execute()
    await db.schema.alterTable('sessions').addColumn('surface', t.text).execute()
    await db.schema.alterTable('signin_links').addColumn('challenge', t.text).execute()
  },
})
