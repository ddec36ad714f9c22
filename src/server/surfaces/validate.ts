import type * as z from 'zod/mini'
import {Refused} from '../gate/refused.ts'

/** What a part of the request is, by its schema; a route without one takes nothing. Says where it is wrong, never what was sent. */
export function validate(schema: z.ZodMiniType | undefined, given: unknown, part: 'query' | 'body'): unknown {
  if (schema === undefined) {
    const empty =
      given === undefined || given === null || (typeof given === 'object' && Object.keys(given).length === 0)
    if (!empty) throw new Refused('malformed', `This route takes no ${part}.`)
    return undefined
  }
  const parsed = schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const unknownField = issue.code === 'unrecognized_keys'
  const where = [part, ...issue.path.filter((step) => typeof step === 'string' || typeof step === 'number')].join('.')
  if (issue.code === 'too_big' && where === 'body.value.data')
    throw new Refused('value_refused', 'The value is larger than 1048576 bytes.')
  throw new Refused(
    'malformed',
    unknownField ? `There is an unknown field in ${where}.` : `${where} is missing or not well formed.`,
  )
}
