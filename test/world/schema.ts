import pg from 'pg'
import {openDatabase} from './database.ts'

type Rows = Record<string, unknown>[]

/** What both engines must agree on, of a table. */
export interface Table {
  columns: Record<
    string,
    {type: 'integer' | 'text' | 'bytes'; nullable: boolean; standard: string | null; counts: boolean}
  >
  primaryKey: string[]
  unique: string[]
  foreign: string[]
  indexes: string[]
}

/** The schema of an embedded store as SQLite keeps it, a column a line. */
export function sqliteSchema(data: string): string {
  const database = openDatabase(data)
  try {
    return (
      database
        .prepare("select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%'")
        .all() as {type: string; name: string; sql: string}[]
    )
      .sort((a, b) => compare(`${a.type === 'table' ? 0 : 1} ${a.name}`, `${b.type === 'table' ? 0 : 1} ${b.name}`))
      .map(({type, sql}) => `${type === 'table' ? columnALine(sql) : sql};\n`)
      .join('\n')
  } finally {
    database.close()
  }
}

/** A table's statement, with each column and key on a line of its own. */
function columnALine(sql: string): string {
  let depth = 0
  return sql
    .split(/([(),])/)
    .map((part) => {
      if (part === ')') depth -= 1
      if (part === '(') depth += 1
      if (depth !== 1 || (part !== '(' && part !== ',')) return depth === 1 ? part.trimStart() : part
      return `${part}\n  `
    })
    .join('')
}

/** The schema of a store in PostgreSQL: all that its catalogue says of it. */
export const postgresSchema = (url: string): Promise<string> =>
  asking(url, async (ask) => {
    const sections: string[] = []
    for (const {name} of await ask(`select relname as name from pg_class where relkind = 'r' and ${OURS} order by 1`)) {
      const lines = [
        ...(await ask(
          `select '  ' || rpad(attname, 20) || format_type(atttypid, atttypmod)
             || case when attcollation <> 0 then ' collate "' || (select collname from pg_collation where oid = attcollation) || '"' else '' end
             || case when attnotnull then ' not null' else '' end
             || case when attidentity <> '' then ' identity ' || case attidentity when 'd' then 'by default' else 'always' end else '' end
             || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') as line
           from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
           where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
          name,
        )),
        ...(await ask(
          `select '  ' || conname || ': ' || pg_get_constraintdef(oid) as line from pg_constraint
           where conrelid = $1::regclass and contype <> 'n' order by contype, conname`,
          name,
        )),
        ...(await ask(
          `select '  ' || pg_get_indexdef(indexrelid) as line from pg_index
           where indrelid = $1::regclass and not exists (select 1 from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
           order by indexrelid::regclass::text`,
          name,
        )),
        ...(await ask(
          `select '  ' || pg_get_triggerdef(oid) as line from pg_trigger where tgrelid = $1::regclass and not tgisinternal order by tgname`,
          name,
        )),
      ]
      sections.push([`${name}`, ...lines.map(({line}) => line)].join('\n'))
    }
    const functions = await ask(
      `select pg_get_functiondef(oid) as line from pg_proc where pronamespace = 'public'::regnamespace order by proname`,
    )
    return `${[...sections, ...functions.map(({line}) => String(line).trimEnd())].join('\n\n')}\n`
  })

const typeOf: Record<string, string> = {
  integer: 'integer',
  bigint: 'integer',
  text: 'text',
  blob: 'bytes',
  bytea: 'bytes',
}

/** The tables of an embedded store. */
export function sqliteTables(data: string): Record<string, Table> {
  const database = openDatabase(data)
  const ask = (text: string) => database.prepare(text).all() as Rows
  try {
    return Object.fromEntries(
      ask(
        "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%' order by 1",
      ).map(({name, sql}) => {
        const columns = ask(`select * from pragma_table_info('${name}')`)
        const keys = columns.filter(({pk}) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk))
        const isRowid = (column: Rows[number]) =>
          keys.length === 1 && column.pk === 1 && /^integer$/i.test(String(column.type))
        const indexes = ask(`select * from pragma_index_list('${name}')`)
        const columnsOf = (index: unknown) =>
          ask(`select name from pragma_index_xinfo('${index}') where key = 1 order by seqno`).map(
            (one) => one.name ?? '(expression)',
          )
        const table: Table = {
          columns: Object.fromEntries(
            columns.map((column) => [
              column.name,
              {
                type: typeOf[String(column.type).toLowerCase()] ?? column.type,
                nullable: column.notnull === 0 && !isRowid(column),
                standard: column.dflt_value,
                counts: isRowid(column) && /autoincrement/i.test(String(sql)),
              },
            ]),
          ) as Table['columns'],
          primaryKey: keys.map((column) => String(column.name)),
          unique: indexes
            .filter(({origin}) => origin === 'u')
            .map((one) => columnsOf(one.name).join())
            .sort(),
          foreign: ask(`select * from pragma_foreign_key_list('${name}') order by id, seq`)
            .map((key) => `${key.from} -> ${key.table}(${key.to}) ${key.on_delete}`.toLowerCase())
            .sort(),
          indexes: indexes
            .filter(({origin}) => origin === 'c')
            .map(
              (one) =>
                `${one.name} (${columnsOf(one.name).join()})${one.unique === 1 ? ' unique' : ''}${one.partial === 1 ? ' partial' : ''}`,
            )
            .sort(),
        }
        return [name, table]
      }),
    )
  } finally {
    database.close()
  }
}

/** The tables of a store in PostgreSQL. */
export const postgresTables = (url: string): Promise<Record<string, Table>> =>
  asking(url, async (ask) => {
    const tables: Record<string, Table> = {}
    for (const {name} of await ask(
      `select relname as name from pg_class where relkind = 'r' and ${OURS} and relname not like 'kysely_%' order by 1`,
    )) {
      const columns = await ask(
        'select * from information_schema.columns where table_name = $1 order by ordinal_position',
        name,
      )
      const keys = await ask(
        `select contype as type, array(select attname::text from unnest(conkey) with ordinality as k(n, at)
             join pg_attribute on attrelid = conrelid and attnum = n order by at) as columns,
           confrelid::regclass::text as other,
           array(select attname::text from unnest(confkey) with ordinality as k(n, at)
             join pg_attribute on attrelid = confrelid and attnum = n order by at) as others,
           case confdeltype when 'c' then 'cascade' when 'a' then 'no action' else confdeltype::text end as deleted
         from pg_constraint where conrelid = $1::regclass and contype in ('p', 'u', 'f')`,
        name,
      )
      const ofType = (type: string) => keys.filter((key) => key.type === type)
      const indexes = await ask(
        `select indexrelid::regclass::text as name, indisunique as one, indpred is not null as partial,
           array(select coalesce(attname::text, '(expression)') from unnest(indkey::int2[]) with ordinality as k(n, at)
             left join pg_attribute on attrelid = indrelid and attnum = n and n <> 0 order by at) as columns
         from pg_index where indrelid = $1::regclass
           and not exists (select 1 from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))`,
        name,
      )
      tables[String(name)] = {
        columns: Object.fromEntries(
          columns.map((column) => [
            column.column_name,
            {
              type: typeOf[String(column.data_type)] ?? column.data_type,
              nullable: column.is_nullable === 'YES',
              standard:
                column.column_default === null
                  ? null
                  : String(column.column_default)
                      .replace(/::\w+$/, '')
                      .replace(/^'(\d+)'$/, '$1'),
              counts: column.is_identity === 'YES',
            },
          ]),
        ) as Table['columns'],
        primaryKey: ofType('p').flatMap((key) => key.columns as string[]),
        unique: ofType('u')
          .map((key) => String(key.columns))
          .sort(),
        foreign: ofType('f')
          .flatMap((key) =>
            (key.columns as string[]).map(
              (column, at) => `${column} -> ${key.other}(${(key.others as string[])[at]}) ${key.deleted}`,
            ),
          )
          .sort(),
        indexes: indexes
          .map(
            (one) =>
              `${one.name} (${one.columns})${one.one === true ? ' unique' : ''}${one.partial === true ? ' partial' : ''}`,
          )
          .sort(),
      }
    }
    return tables
  })

const OURS = "relnamespace = 'public'::regnamespace"

const compare = (a: string, b: string) => (a < b ? -1 : 1)

async function asking<R>(
  url: string,
  work: (ask: (text: string, ...values: unknown[]) => Promise<Rows>) => Promise<R>,
): Promise<R> {
  const client = new pg.Client({connectionString: url})
  await client.connect()
  try {
    return await work(async (text, ...values) => (await client.query(text, values)).rows)
  } finally {
    await client.end()
  }
}
