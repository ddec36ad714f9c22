import {sql} from 'kysely'
import type {Types} from './types.ts'

/** Text is compared and ordered byte by byte, as in SQLite, whatever the database was made with. */
const text = sql`text collate "C"`

const refusing = (name: string, when: string, message: string) =>
  `create function ${name}() returns trigger language plpgsql as $$ begin ${when} raise exception '${message}'; end $$`

const ENTRIES = 'audit entries are append-only'
const SEGMENTS = 'sealed segments stay'

/** The words of PostgreSQL, and of what speaks its protocol. */
export const postgresTypes: Types = {
  text,
  name: text,
  integer: 'bigint',
  bytes: 'bytea',
  identity: 'bigint',
  asIdentity: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
  // TRUNCATE passes the triggers of rows: it has one of its own.
  appendOnly: (table) => [
    refusing(`${table}_stays`, '', ENTRIES),
    `create trigger ${table}_no_update before update on ${table} for each row execute function ${table}_stays()`,
    `create trigger ${table}_no_delete before delete on ${table} for each row execute function ${table}_stays()`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_stays()`,
  ],
  prunable: (table, segments, columns) => [
    refusing(
      `${table}_stays_unless_pruned`,
      `if exists (select 1 from ${segments} where org_id = old.org_id and first_sequence <= old.sequence and last_sequence >= old.sequence and pruned_at is not null) then return old; end if;`,
      ENTRIES,
    ),
    `drop trigger ${table}_no_delete on ${table}`,
    `create trigger ${table}_no_delete before delete on ${table} for each row execute function ${table}_stays_unless_pruned()`,
    refusing(`${segments}_stay`, '', SEGMENTS),
    `create trigger ${segments}_no_delete before delete on ${segments} for each row execute function ${segments}_stay()`,
    `create trigger ${segments}_no_truncate before truncate on ${segments} for each statement execute function ${segments}_stay()`,
    refusing(
      `${segments}_in_order`,
      `if new.pruned_at is null and not exists (select 1 from ${segments} where org_id = new.org_id and last_sequence >= new.first_sequence) then return new; end if;`,
      SEGMENTS,
    ),
    `create trigger ${segments}_in_order before insert on ${segments} for each row execute function ${segments}_in_order()`,
    refusing(
      `${segments}_prune_once`,
      `if old.pruned_at is null and new.pruned_at is not null and (${columns.map((name) => `new.${name}`).join(', ')}) is not distinct from (${columns.map((name) => `old.${name}`).join(', ')}) then return new; end if;`,
      SEGMENTS,
    ),
    `create trigger ${segments}_prune_once before update on ${segments} for each row execute function ${segments}_prune_once()`,
  ],
  // By itself, a function looks where its caller does, and that is in the caller's temporary tables first.
  lookingAtHome: (table, segments) =>
    [
      `${table}_stays`,
      `${table}_stays_unless_pruned`,
      `${segments}_stay`,
      `${segments}_in_order`,
      `${segments}_prune_once`,
    ].map(
      (name) =>
        `do $$ begin execute format('alter function ${name}() set search_path = pg_catalog, %I, pg_temp', current_schema()); end $$`,
    ),
}
