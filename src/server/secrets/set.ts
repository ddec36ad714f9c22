import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act, Ask} from '../gate/types.ts'
import {loadEntries, nameOf} from '../values/load.ts'
import {insertReferences, referencesIn, rowsOf} from '../values/references.ts'
import {setValues} from '../values/set.ts'
import {bytesOf} from '../values/wire.ts'
import {refuseReferences} from './refuse-references.ts'

type Route = Routes['secretsSet']
type Asking = Ask<Input<Route>>

/**
 * Adds a version to each secret, unless its value is the one stored. Refusals: version_conflict, value_refused; for what
 * refers to others: forbidden, not_found, unresolvable.
 */
export const setSecrets: Act<'secrets.set', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const texts = asks.map(templateOf)
  const refused = await refuseReferences(
    tx,
    asks.map(({actor, input}, index) => ({
      actor,
      scope: input.query.scope,
      key: input.params.key,
      references: texts[index] === null ? [] : referencesIn(texts[index]!),
    })),
  )
  const allowed = asks.filter((_, index) => refused[index] === null)
  const outcomes = await setValues(tx, 'secret', allowed)
  const answers = asks.map((_, index) => refused[index] ?? outcomes.shift()!)
  const referring = asks.flatMap((ask, index) => {
    const answer = answers[index]!
    const isNew = !('refused' in answer) && answer.changed && texts[index] !== null
    return isNew ? [{...nameIn(ask), version: answer.reply.version, text: texts[index]!}] : []
  })
  if (referring.length > 0) {
    const entries = await loadEntries(tx.db, tx.orgId, 'secret', referring)
    const rows = referring.flatMap(({version, text, ...name}) =>
      rowsOf(entries.get(nameOf(name))!.id, version, referencesIn(text)),
    )
    await insertReferences(tx.db, rows)
  }
  return answers.map((outcome) => {
    if ('refused' in outcome) return outcome
    const {locked: _, ...reply} = outcome.reply
    return {...outcome, reply}
  })
}

const nameIn = ({input}: Asking) => ({scope: input.query.scope, key: input.params.key})

/** The text of a value that refers to others; null: it is none. Whether it is one of that form says setting it. */
function templateOf({input: {body}}: Asking): string | null {
  if (body.type !== 'reference') return null
  const bytes = bytesOf(body.value)
  return Buffer.isBuffer(bytes) ? bytes.toString('utf8') : null
}
