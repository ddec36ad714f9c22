import {type Kysely, type Selectable, sql} from 'kysely'
import {tuplesOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
type Sealed = Pick<Selectable<Schema['versions']>, 'sealed' | 'type'>

/** What stands sealed for these versions, and what it is, in one statement. */
export async function loadSealed(
  db: Db,
  versions: readonly {id: number; version: number}[],
): Promise<(of: {id: number; version: number}) => Sealed | undefined> {
  const rows = await selectSealed(db, JSON.stringify(versions.map(({id, version}) => [id, version])))
  const found = new Map(rows.map((row) => [`${row.entry_id} ${row.version}`, row]))
  return ({id, version}) => found.get(`${id} ${version}`)
}

const selectSealed = prepared((db: Db, versions: string) =>
  db
    .selectFrom('versions')
    .select(['entry_id', 'version', 'sealed', 'type'])
    .where(sql<boolean>`(entry_id, version) in ${tuplesOf(versions, ['integer', 'integer'])}`),
)
