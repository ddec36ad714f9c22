import {createHash} from 'node:crypto'
import type {InsertResult, Transaction} from 'kysely'
import type {AuditEntry} from '../../contract/routes/audit.ts'
import {columns} from '../store/columns.ts'
import {textsOf} from '../store/json-list.ts'
import {prepared, preparedRows} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import type {DisclosedName} from './types.ts'

/** What the index of disclosures needs of an entry. */
type Disclosed = Pick<AuditEntry, 'target' | 'names'>

/** How an entry lists the names of a disclosure of many. Neither scope nor key can hold a blank. */
export const namesText = (names: readonly DisclosedName[]): string[] =>
  names.map(({kind, scope, name, version}) => `${kind} ${scope} ${name} ${version}`).sort()

/** How the index of disclosures names what an entry disclosed: a thing, or a list of `audit_names`. */
export function disclosedText({target: {kind, scope = '', name = ''}, names}: Disclosed): string {
  return names === undefined ? `${kind} ${scope} ${name}` : `list ${listOf(targetsOf(names))}`
}

/** Names without their versions: so a list is the same until a name comes or goes. */
const targetsOf = (names: readonly string[]): string[] => names.map((name) => name.slice(0, name.lastIndexOf(' ')))

const listOf = (targets: readonly string[]): string => createHash('sha256').update(targets.join('\n')).digest('hex')

/** Writes down what the lists of these entries hold, each once for good: nearly all disclosures have the list of one before. */
export async function keepLists(db: Transaction<Schema>, orgId: number, entries: readonly Disclosed[]): Promise<void> {
  const lists = new Map(
    entries.flatMap(({names}) => {
      if (names === undefined) return []
      const targets = targetsOf(names)
      return [[listOf(targets), targets] as const]
    }),
  )
  if (lists.size === 0) return
  const known = await selectLists(db, orgId, JSON.stringify([...lists.keys()]))
  for (const {list} of known) lists.delete(list)
  const rows = [...lists].flatMap(([list, targets]) => targets.map((target) => ({org_id: orgId, list, target})))
  await insertNames(db, rows)
}

const selectLists = prepared((db: Transaction<Schema>, orgId: number, lists: string) =>
  db
    .selectFrom('audit_names')
    .select('list')
    .distinct()
    .where('org_id', '=', orgId)
    .where('list', 'in', textsOf(lists)),
)

const insertNames = preparedRows<Transaction<Schema>, Schema['audit_names'], InsertResult>(
  columns.audit_names,
  (db, rows) =>
    db
      .insertInto('audit_names')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing()),
)
