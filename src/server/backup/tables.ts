import {type ColumnsOf, columns} from '../store/columns.ts'
import type {Schema} from '../store/schema.ts'
import type {ColumnType} from '../store/words.ts'

interface Table<T extends keyof Schema> {
  /** Its primary key. */
  key: readonly (keyof Schema[T] & string)[]
  columns: ColumnsOf<T>
  /** The column that says how many bytes a row may have, where these may be many. */
  size?: keyof Schema[T] & string
  /** Whether the store itself numbers its rows, in the column `id`. */
  numbered?: true
}

/**
 * What goes from one store to another, each table after those that its rows name. A table or a column that is added does
 * not compile until it has its place here. `transient`: it stays behind, since it is worth nothing elsewhere or later.
 */
export const tables: {readonly [T in keyof Schema]: Table<T> | 'transient'} = {
  organizations: {
    key: ['id'],
    columns: columns.organizations,
    numbered: true,
  },
  keys: {
    key: ['id'],
    columns: columns.keys,
  },
  rotations: {
    key: ['key_id'],
    columns: columns.rotations,
  },
  roles: {
    key: ['org_id', 'name'],
    columns: columns.roles,
  },
  scopes: {
    key: ['org_id', 'path'],
    columns: columns.scopes,
  },
  tokens: {
    key: ['id'],
    columns: columns.tokens,
    numbered: true,
  },
  entries: {
    key: ['id'],
    columns: columns.entries,
    numbered: true,
  },
  entry_tags: {key: ['entry_id', 'name'], columns: columns.entry_tags},
  versions: {
    key: ['entry_id', 'version'],
    columns: columns.versions,
    size: 'length',
  },
  value_references: {key: ['entry_id', 'version', 'position'], columns: columns.value_references},
  environments: {key: ['id'], columns: columns.environments, numbered: true},
  bindings: {key: ['id'], columns: columns.bindings, numbered: true},
  policy_rules: {
    key: ['org_id', 'selector_by', 'selector_name'],
    columns: columns.policy_rules,
  },
  // A session or a link of then must not open a door of now, and a reply is kept for a day alone.
  sessions: 'transient',
  workload_sessions: 'transient',
  signin_links: 'transient',
  requests: 'transient',
  // What had the store where it was: what opens it next writes itself down.
  programs: 'transient',
  audit: {
    key: ['org_id', 'sequence'],
    columns: columns.audit,
  },
  audit_names: {key: ['org_id', 'list', 'target'], columns: columns.audit_names},
  audit_segments: {
    key: ['org_id', 'last_sequence'],
    columns: columns.audit_segments,
  },
  audit_heads: {
    key: ['org_id'],
    columns: columns.audit_heads,
  },
}

/** A table as it is moved, without its type: what moves rows treats all alike. */
export interface Moved {
  name: keyof Schema
  key: readonly string[]
  columns: readonly {name: string; word: ColumnType}[]
  size: string | null
  numbered: boolean
}

/** The tables that are moved, in their order. */
export const moved: readonly Moved[] = Object.entries(tables).flatMap(([name, table]) =>
  table === 'transient'
    ? []
    : [
        {
          name: name as keyof Schema,
          key: table.key,
          columns: Object.entries(table.columns).map(([column, word]) => ({name: column, word})),
          size: table.size ?? null,
          numbered: table.numbered ?? false,
        },
      ],
)
