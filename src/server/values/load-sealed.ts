import {type Kysely, type Selectable, sql} from 'kysely'
import {columnsOf} from '../store/columns.ts'
import {tuplesOf} from '../store/json-list.ts'
import {packed, unpack} from '../store/packed.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
type Sealed = Pick<Selectable<Schema['versions']>, 'sealed' | 'type'>

/** What stands sealed for these versions, and what it is, in one statement. */
export async function loadSealed(
  db: Db,
  versions: readonly {id: number; version: number}[],
): Promise<(of: {id: number; version: number}) => Sealed | undefined> {
  const [row] = await selectSealed(db, JSON.stringify(versions.map(({id, version}) => [id, version])))
  const found = new Map(
    unpack<[number, number, string, Sealed['type']]>(row?.rows).map(([id, version, sealed, type]) => [
      `${id} ${version}`,
      {sealed: Buffer.from(sealed, 'hex'), type},
    ]),
  )
  return ({id, version}) => found.get(`${id} ${version}`)
}

const selectSealed = prepared((db: Db, versions: string) =>
  db
    .selectFrom('versions')
    .select(packed(columnsOf('versions', 'entry_id', 'version', 'sealed', 'type')).as('rows'))
    .where(sql<boolean>`(entry_id, version) in ${tuplesOf(versions, ['integer', 'integer'])}`),
)
