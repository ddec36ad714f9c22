import type {ColumnDefinitionBuilder, RawBuilder} from 'kysely'

/** The words that differ by engine; a migration is written once, over them. */
export interface Types {
  text: 'text' | RawBuilder<unknown>
  /** Text that is compared and ordered byte by byte. */
  name: 'text' | RawBuilder<unknown>
  integer: 'integer' | 'bigint'
  bytes: 'blob' | 'bytea'
  identity: 'integer' | 'bigint'
  asIdentity: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
  /** Statements that make the database itself refuse to change or remove a row of `table`. */
  appendOnly: (table: string) => string[]
  /**
   * Statements after which rows of `table` may be removed where `segments` has a sealed segment that is marked as pruned.
   * A segment itself stays, with all `columns`; it can be marked as pruned, once.
   */
  prunable: (table: string, segments: string, columns: readonly string[]) => string[]
  /** Statements after which these triggers look at no table that a session made under the name of one of ours. */
  lookingAtHome: (table: string, segments: string) => string[]
}

export const sqliteTypes: Types = {
  text: 'text',
  name: 'text',
  integer: 'integer',
  bytes: 'blob',
  identity: 'integer',
  asIdentity: (column) => column.primaryKey().autoIncrement(),
  // REPLACE deletes first, which passes a DELETE trigger unless recursive_triggers is on: sqlite.ts turns it on,
  // and the third trigger refuses it also for a client that did not.
  appendOnly: (table) => [
    `create trigger ${table}_no_update before update on ${table} begin select raise(abort, 'audit entries are append-only'); end`,
    `create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, 'audit entries are append-only'); end`,
    `create trigger ${table}_no_replace before insert on ${table} when exists (select 1 from ${table} where org_id = new.org_id and sequence = new.sequence) begin select raise(abort, 'audit entries are append-only'); end`,
  ],
  prunable: (table, segments, columns) => [
    `drop trigger ${table}_no_delete`,
    `create trigger ${table}_no_delete before delete on ${table} when not exists (select 1 from ${segments} where org_id = old.org_id and first_sequence <= old.sequence and last_sequence >= old.sequence and pruned_at is not null) begin select raise(abort, 'audit entries are append-only'); end`,
    `create trigger ${segments}_no_delete before delete on ${segments} begin select raise(abort, 'sealed segments stay'); end`,
    // Also against REPLACE, and against a row that would mark entries as pruned which nobody pruned.
    `create trigger ${segments}_in_order before insert on ${segments} when new.pruned_at is not null or exists (select 1 from ${segments} where org_id = new.org_id and last_sequence >= new.first_sequence) begin select raise(abort, 'sealed segments stay'); end`,
    `create trigger ${segments}_prune_once before update on ${segments} when old.pruned_at is not null or new.pruned_at is null or ${columns.map((name) => `new.${name} is not old.${name}`).join(' or ')} begin select raise(abort, 'sealed segments stay'); end`,
  ],
  // A trigger of SQLite finds the tables of its own file alone.
  lookingAtHome: () => [],
}
