import type {Reference} from '../../contract/reference.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act, Ask} from '../gate/types.ts'
import {loadEntries, nameOf} from '../values/load.ts'
import {insertReferences, loadReferences, rowsOf} from '../values/references.ts'
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
  const earlier = asks.map(({input}, index) => {
    const entry = entries.get(nameOf(named[index]!))
    return entry === undefined ? null : {id: entry.id, version: input.body.to}
  })
  const referencesOf = await loadReferences(
    tx.db,
    earlier.filter((one) => one !== null),
  )
  const references = earlier.map((one): Reference[] => (one === null ? [] : referencesOf(one)))
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
