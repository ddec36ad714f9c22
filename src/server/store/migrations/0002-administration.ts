import {type Kysely, sql} from 'kysely'
import type {Types} from './types.ts'

/** Scopes as rows, bound tokens and roles, facts, data keys that retire, sealed audit segments. */
export const administration = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: rows of a schema that this very step changes
  async up(db: Kysely<any>) {
    const table = (name: string) => db.schema.createTable(name)
    const add = (name: string) => db.schema.alterTable(name)

    await add('organizations').addColumn('deleted_at', t.text).execute()
    /** How many versions of a value are kept; null: all. */
    await add('organizations').addColumn('kept_versions', t.integer).execute()

    /** JSON arrays; null: bound to none, so the whole organization, and any address. */
    await add('tokens').addColumn('scopes', t.text).execute()
    await add('tokens').addColumn('cidrs', t.text).execute()
    await add('tokens').addColumn('last_used_at', t.text).execute()

    await table('roles')
      .addColumn('org_id', t.integer, (c) => c.notNull().references('organizations.id'))
      .addColumn('name', t.name, (c) => c.notNull())
      .addColumn('permissions', t.text, (c) => c.notNull())
      .addColumn('created_at', t.text, (c) => c.notNull())
      .addColumn('created_by', t.text, (c) => c.notNull())
      .addPrimaryKeyConstraint('roles_pk', ['org_id', 'name'])
      .execute()

    await table('scopes')
      .addColumn('org_id', t.integer, (c) => c.notNull().references('organizations.id'))
      .addColumn('path', t.name, (c) => c.notNull())
      .addColumn('created_at', t.text, (c) => c.notNull())
      .addColumn('created_by', t.text, (c) => c.notNull())
      .addPrimaryKeyConstraint('scopes_pk', ['org_id', 'path'])
      .execute()
    await sql`insert into scopes (org_id, path, created_at, created_by)
      select org_id, scope, min(updated_at), min(updated_by) from entries where deleted_at is null group by org_id, scope`.execute(
      db,
    )

    for (const name of ['owner', 'note', 'expires_at', 'purged_at'])
      await add('entries').addColumn(name, t.text).execute()
    await add('entries').addColumn('rotate_days', t.integer).execute()
    /** The first version since the name was set or declared anew after a deletion: a rollback reaches none before. */
    await add('entries')
      .addColumn('first_version', t.integer, (c) => c.notNull().defaultTo(1))
      .execute()
    await table('entry_tags')
      .addColumn('entry_id', t.integer, (c) => c.notNull().references('entries.id'))
      .addColumn('name', t.name, (c) => c.notNull())
      .addColumn('value', t.name, (c) => c.notNull())
      .addPrimaryKeyConstraint('entry_tags_pk', ['entry_id', 'name'])
      .execute()
    await db.schema.createIndex('entry_tags_by').on('entry_tags').columns(['name', 'value']).execute()

    /** What was read, so that the newest reading of a name is found; only disclosures are indexed. */
    await add('audit').addColumn('target', t.name).execute()
    await sql`create index audit_disclosed on audit (org_id, target, at) where outcome = 'disclosed'`.execute(db)

    /** How often a data key has sealed, and when it stopped. */
    await add('keys')
      .addColumn('sealed_count', t.integer, (c) => c.notNull().defaultTo(0))
      .execute()
    await add('keys').addColumn('retired_at', t.text).execute()
    /** Under which data key a version is sealed: bytes 2 to 5 of the format. */
    await sql`create index versions_by_data_key on versions (substr(sealed, 2, 4))`.execute(db)
    /** Re-encryptions under a new data key. The key itself may be gone when a later one is through. */
    await table('rotations')
      .addColumn('key_id', t.integer, (c) => c.primaryKey())
      .addColumn('total', t.integer, (c) => c.notNull())
      .addColumn('done', t.integer, (c) => c.notNull())
      .addColumn('started_at', t.text, (c) => c.notNull())
      .addColumn('finished_at', t.text)
      .execute()

    /** Closed parts of a chain; `pruned_at`: its entries are in the archive alone. */
    await table('audit_segments')
      .addColumn('org_id', t.integer, (c) => c.notNull().references('organizations.id'))
      .addColumn('first_sequence', t.integer, (c) => c.notNull())
      .addColumn('last_sequence', t.integer, (c) => c.notNull())
      .addColumn('previous', t.text, (c) => c.notNull())
      .addColumn('hash', t.text, (c) => c.notNull())
      .addColumn('at', t.text, (c) => c.notNull())
      .addColumn('signature', t.text, (c) => c.notNull())
      .addColumn('sealed_at', t.text, (c) => c.notNull())
      .addColumn('pruned_at', t.text)
      .addPrimaryKeyConstraint('audit_segments_pk', ['org_id', 'last_sequence'])
      .execute()
    const sealed = ['org_id', 'first_sequence', 'last_sequence', 'previous', 'hash', 'at', 'signature', 'sealed_at']
    for (const statement of t.prunable('audit', 'audit_segments', sealed)) await sql.raw(statement).execute(db)
  },
})
