import type {ShownToken} from '../../contract/routes/tokens.ts'
import {table} from './table.ts'

/** Tokens by name, with what each may do and until when, and whether it still may at `now`. */
export const tokenTable = (tokens: readonly ShownToken[], now: Date, terminal: boolean): Promise<string> =>
  table(
    ['name', 'role', 'scopes', 'addresses', 'expires', 'last used', 'created', 'by', 'state'],
    tokens.map((token) => [
      token.name,
      token.workload === null ? token.role : `${token.role} of ${token.workload.environment ?? 'none'}`,
      token.scopes?.join(' ') ?? 'all',
      token.cidrs?.join(' ') ?? 'any',
      token.expiresAt ?? 'never',
      token.lastUsedAt ?? 'never',
      token.createdAt,
      token.createdBy,
      stateOf(token, now),
    ]),
    terminal,
  )

function stateOf({revokedAt, expiresAt}: ShownToken, now: Date): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime() ? `expired ${expiresAt}` : 'valid'
}

/** One token in a sentence. */
export const tokenLine = ({name, role, scopes, cidrs, expiresAt, workload}: ShownToken): string =>
  [
    `token ${name}: ${role}${workload === null ? '' : ` of ${workload.environment ?? 'none'}`}`,
    ...claimsOf(workload),
    scopes === null ? 'of the whole organization' : `within ${scopes.join(', ')}`,
    ...(cidrs === null ? [] : [`from ${cidrs.join(', ')}`]),
    expiresAt === null ? 'no expiry' : `until ${expiresAt}`,
  ].join(', ')

const claimsOf = (workload: ShownToken['workload']): string[] => [
  ...(workload === null || workload.host === null ? [] : [`host ${workload.host}`]),
  ...Object.entries(workload?.labels ?? {}).map((label) => label.join('=')),
]
