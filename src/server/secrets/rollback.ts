import {sql} from 'kysely'
import type {Reference} from '../../contract/reference.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act, Ask, Write} from '../gate/types.ts'
import {tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'
import {loadEntries, nameOf} from '../values/load.ts'
import {insertReferences, rowsOf} from '../values/references.ts'
import {rollBackValues} from '../values/rollback.ts'
import {refuseReferences} from './refuse-references.ts'

type Route = Routes['secretsRollback']

/**
 * Adds to each secret a version with an earlier one's value. Refusals: not_found, version_conflict; where that refers to
 * others, those of a set.
 */
export const rollBackSecrets: Act<'secrets.rollback', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const named = asks.map(nameIn)
  const entries = await loadEntries(tx.db, tx.orgId, 'secret', named)
  const earlier = await referencesOf(
    tx,
    asks.flatMap(({input}, index) => {
      const entry = entries.get(nameOf(named[index]!))
      return entry === undefined ? [] : [[entry.id, input.body.to]]
    }),
  )
  const references = asks.map(({input}, index): Reference[] => {
    const entry = entries.get(nameOf(named[index]!))
    return earlier.filter((row) => row.entry_id === entry?.id && row.version === input.body.to).map(referenceOf)
  })
  const refused = await refuseReferences(
    tx,
    asks.map(({actor}, index) => ({actor, ...named[index]!, references: references[index]!})),
  )
  const allowed = asks.filter((_, index) => refused[index] === null)
  const outcomes = await rollBackValues(tx, 'secret', allowed)
  const answers = asks.map((_, index) => refused[index] ?? outcomes.shift()!)
  await insertReferences(
    tx.db,
    answers.flatMap((answer, index) => {
      if ('refused' in answer || !answer.changed) return []
      return rowsOf(entries.get(nameOf(named[index]!))!.id, answer.reply.version, references[index]!)
    }),
  )
  return answers
}

const nameIn = ({input}: Ask<Input<Route>>) => ({scope: input.query.scope, key: input.params.key})

const referencesOf = async ({db}: Write<'secrets.rollback'>, versions: number[][]) =>
  db
    .selectFrom('value_references')
    .selectAll()
    .where(sql<boolean>`(entry_id, version) in ${tuplesOf(JSON.stringify(versions), ['integer', 'integer'])}`)
    .orderBy('position')
    .execute()

const referenceOf = ({scope, key, target_id, field}: Schema['value_references']): Reference => ({
  target: target_id === null ? {scope: scope!, key: key!} : {id: target_id},
  field,
})
