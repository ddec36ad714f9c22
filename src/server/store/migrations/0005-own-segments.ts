import {type Kysely, sql} from 'kysely'
import type {Types} from './types.ts'

/** The triggers of the audit log look at the segments of this store, whatever else a session calls by that name. */
export const ownSegments = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: a schema that this very step makes
  async up(db: Kysely<any>) {
    for (const statement of t.lookingAtHome('audit', 'audit_segments')) await sql.raw(statement).execute(db)
  },
})
