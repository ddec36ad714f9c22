import type {Asks} from '../api/ask.ts'

/** As whom an environment is explained. */
export type Claims = Pick<NonNullable<Asks<'environmentsExplain'>['query']>, 'agentId' | 'host' | 'labels'>

/** Claims as the fields say them: labels as `NAME=VALUE`, parted by blanks. */
export function claimsIn(given: FormData): Claims {
  const text = (field: string) => String(given.get(field) ?? '').trim()
  const [agentId, host, labels] = [text('agentId'), text('host'), text('labels')]
  const pairs = labels
    .split(/[\s,]+/)
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return {
    ...(agentId ? {agentId} : {}),
    ...(host ? {host} : {}),
    ...(pairs.length > 0 ? {labels: JSON.stringify(Object.fromEntries(pairs))} : {}),
  }
}
