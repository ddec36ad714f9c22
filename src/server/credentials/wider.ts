import type {Permission} from '../../contract/permissions.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import type {Actor} from '../gate/types.ts'
import {holdsBlocks} from './addresses.ts'

/** What a credential can do, where, from where and for how long. */
export interface Might {
  permissions: readonly Permission[]
  scopes: readonly string[] | null
  cidrs: readonly string[] | null
  expiresAt: string | null
}

/**
 * In what a credential that `actor` makes or renews would be more than its own; null: in nothing. So nobody gains by a
 * token of another what their own refuses.
 */
export function widerThan(actor: Actor, wanted: Might): string | null {
  const more = mightier(actor, wanted)
  if (more !== null) return more
  if (actor.expiresAt !== null && (wanted.expiresAt === null || wanted.expiresAt > actor.expiresAt)) {
    return `it would outlive yours, which ends at ${actor.expiresAt}`
  }
  return null
}

/**
 * In what a credential that `actor` ends can do more than its own; null: in nothing. For how long does not count: who ends one
 * gains no time by it, and what has leaked may well be what lives longest.
 */
export function mightier(actor: Actor, wanted: Omit<Might, 'expiresAt'>): string | null {
  const extra = wanted.permissions.filter((permission) => !actor.permissions.includes(permission))
  if (extra.length > 0) return `its role allows ${extra.join(', ')}, and yours does not`
  if (actor.scopes !== null && !(wanted.scopes ?? ['**']).every((scope) => reaches(actor.scopes, scope))) {
    return 'it reaches scopes that yours is not bound to'
  }
  if (!holdsBlocks(actor.cidrs, wanted.cidrs)) return 'it may come from addresses that yours may not'
  return null
}
