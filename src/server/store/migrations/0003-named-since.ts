import type {Kysely} from 'kysely'
import type {Types} from './types.ts'

/** Since when a row of `entries` has its name, so that readings of an earlier one are not its own; null: since before this step. */
export const namedSince = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: rows of a schema that this very step changes
  async up(db: Kysely<any>) {
    for (const name of ['named_at', 'read_before_at', 'read_before_by'])
      await db.schema.alterTable('entries').addColumn(name, t.text).execute()
  },
})
