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
  const where = [part, ...known(schema, issue.path)].join('.')
  if (issue.code === 'too_big' && where === 'body.value.data')
    throw new Refused('value_refused', 'The value is larger than 1048576 bytes.')
  if (issue.code === 'too_big' && issue.origin === 'array')
    throw new Refused('malformed', `${where} has more than ${issue.maximum} items.`)
  throw new Refused(
    'malformed',
    unknownField ? `There is an unknown field in ${where}.` : `${where} is missing or not well formed.`,
  )
}

/** As much of a path as the schema itself names: what the client named (a tag) is not repeated. */
function known(schema: z.ZodMiniType, path: readonly PropertyKey[]): (string | number)[] {
  const [step, ...rest] = path
  const def = schema._zod.def as Definition
  if (def.innerType !== undefined) return known(def.innerType, path)
  if (def.options !== undefined) {
    const [longest] = def.options.map((option) => known(option, path)).sort((a, b) => b.length - a.length)
    return longest ?? []
  }
  if (typeof step === 'number' && def.element !== undefined) return [step, ...known(def.element, rest)]
  const field = typeof step === 'string' && Object.hasOwn(def.shape ?? {}, step) ? def.shape![step] : undefined
  return field === undefined ? [] : [step as string, ...known(field, rest)]
}

/** What schemas hold other schemas in: optional, union, array, object. */
interface Definition {
  innerType?: z.ZodMiniType
  options?: z.ZodMiniType[]
  element?: z.ZodMiniType
  shape?: Record<string, z.ZodMiniType>
}
