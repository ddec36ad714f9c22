import type {Asks} from '../api/ask.ts'

/** What narrows the log down. */
export type Filter = Pick<NonNullable<Asks<'auditList'>['query']>, 'operation' | 'actor' | 'outcome' | 'since'>

/** What stands in the fields; an empty one narrows nothing. */
export function filterIn(given: FormData): Filter {
  const text = (field: string) => String(given.get(field) ?? '').trim()
  const [operation, actor, outcome, since] = ['operation', 'actor', 'outcome', 'since'].map(text)
  return {
    ...(operation ? {operation} : {}),
    ...(actor ? {actor} : {}),
    ...(outcome ? {outcome: outcome as NonNullable<Filter['outcome']>} : {}),
    ...(since ? {since: `${since}T00:00:00Z`} : {}),
  }
}
