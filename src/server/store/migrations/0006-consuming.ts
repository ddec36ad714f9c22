import type {Kysely} from 'kysely'
import type {Types} from './types.ts'

/** What workloads get: environments and their bindings, credentials bound to one, types of values and who references whom. */
export const consuming = (t: Types) => ({
  // biome-ignore lint/suspicious/noExplicitAny: rows of a schema that this very step changes
  async up(db: Kysely<any>) {
    const table = (name: string) => db.schema.createTable(name)
    const add = (name: string) => db.schema.alterTable(name)

    await table('environments')
      .addColumn('id', t.identity, t.asIdentity)
      .addColumn('org_id', t.integer, (c) => c.notNull().references('organizations.id'))
      .addColumn('name', t.name, (c) => c.notNull())
      .addColumn('created_at', t.text, (c) => c.notNull())
      .addColumn('created_by', t.text, (c) => c.notNull())
      .addUniqueConstraint('environments_name', ['org_id', 'name'])
      .execute()

    await table('bindings')
      .addColumn('id', t.identity, t.asIdentity)
      .addColumn('environment_id', t.integer, (c) => c.notNull().references('environments.id'))
      .addColumn('scope', t.name, (c) => c.notNull())
      .addColumn('host', t.name, (c) => c.notNull())
      .addColumn('keys', t.text)
      .addColumn('created_at', t.text, (c) => c.notNull())
      .addColumn('created_by', t.text, (c) => c.notNull())
      .addUniqueConstraint('bindings_place', ['environment_id', 'scope', 'host'])
      .execute()

    /** A credential that is bound to an environment is a workload's, with what was said of it when it was made. */
    await add('tokens').addColumn('environment_id', t.integer).execute()
    await add('tokens').addColumn('claims', t.text).execute()

    await table('workload_sessions')
      .addColumn('id', t.bytes, (c) => c.primaryKey())
      .addColumn('token_id', t.integer, (c) => c.notNull().references('tokens.id'))
      .addColumn('environment_id', t.integer, (c) => c.notNull().references('environments.id'))
      .addColumn('created_at', t.text, (c) => c.notNull())
      .addColumn('expires_at', t.text, (c) => c.notNull())
      .execute()

    await add('versions')
      .addColumn('type', t.text, (c) => c.notNull().defaultTo('string'))
      .execute()

    /** What a version references, in its order; by name or by the id of an entry. */
    await table('value_references')
      .addColumn('entry_id', t.integer, (c) => c.notNull().references('entries.id'))
      .addColumn('version', t.integer, (c) => c.notNull())
      .addColumn('position', t.integer, (c) => c.notNull())
      .addColumn('scope', t.name)
      .addColumn('key', t.name)
      .addColumn('target_id', t.integer)
      .addColumn('field', t.text)
      .addPrimaryKeyConstraint('value_references_pk', ['entry_id', 'version', 'position'])
      .execute()
    await db.schema.createIndex('value_references_by_name').on('value_references').columns(['scope', 'key']).execute()
    await db.schema.createIndex('value_references_by_id').on('value_references').column('target_id').execute()

    /** The names of a disclosure of many, for which one entry of the log stands: `list` is what that entry calls them. */
    await table('audit_names')
      .addColumn('org_id', t.integer, (c) => c.notNull().references('organizations.id'))
      .addColumn('list', t.name, (c) => c.notNull())
      .addColumn('target', t.name, (c) => c.notNull())
      .addPrimaryKeyConstraint('audit_names_pk', ['org_id', 'list', 'target'])
      .execute()
    await db.schema.createIndex('audit_names_of').on('audit_names').columns(['org_id', 'target']).execute()
  },
})
