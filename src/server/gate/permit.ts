import {cliEquivalent} from '../../contract/cli-equivalent.ts'
import {type Operation, registry} from '../../contract/operations.ts'
import type {Permission} from '../../contract/permissions.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {isWithin} from '../credentials/addresses.ts'
import {decide, type Rule} from '../policy/decide.ts'
import {Refused} from './refused.ts'
import type {Actor, OwnOperation, Reached, Target} from './types.ts'

/** What the server's own operations need; null: only the server itself may, `any`: whoever is in. */
const ownOperations: Record<OwnOperation, Permission | 'any' | null> = {
  'server.initialize': null,
  'server.migrate-store': null,
  'server.recover-owner': null,
  'server.refused': null,
  'server.restore': null,
  'server.rotate-root': null,
  'server.keep-authority': null,
  'server.rotate-authority': null,
  'keys.retire': null,
  'keys.reencrypt': null,
  'keys.destroy': null,
  'sessions.create': 'dashboard.open',
  'sessions.end': 'any',
  'sessions.sso': null,
  'sessions.offer': null,
  'sessions.take': null,
}

/** The names of the server's own operations. */
export const ownNames: readonly string[] = Object.keys(ownOperations)

interface Asked {
  operation: Operation | OwnOperation
  target: Target
  reached: Reached
  address: string | null
}

/** Why role, scopes, addresses or surface do not allow `actor` to do `operation`; null: they do. What is unknown is refused. */
export function refusesOperation(actor: Actor, {operation, reached, address}: Omit<Asked, 'target'>): Refused | null {
  if (Object.hasOwn(ownOperations, operation)) {
    const permission = ownOperations[operation as OwnOperation]
    return permission === null
      ? actor.kind === 'server'
        ? null
        : denied()
      : refusesAccess(actor, {permission, reached, address})
  }
  const entry = registry.get(operation)
  if (entry === undefined) return denied()
  const byCredential = refusesAccess(actor, {permission: entry.permission, reached, address})
  if (byCredential !== null) return byCredential
  return entry.surfaces.some((surface) => surface === actor.surface) ? null : denied()
}

/** Why the policy does not allow `actor` to do `operation`, which its credential allows; null: it does. */
export function refusesByPolicy(
  actor: Actor,
  {operation, target}: Pick<Asked, 'operation' | 'target'>,
  rules: readonly Rule[],
): Refused | null {
  const entry = registry.get(operation)
  if (entry === undefined || actor.surface !== 'dashboard' || decide(rules, operation, entry).effect === 'enabled')
    return null
  const facts = lockFacts(actor, operation, target)
  return new Refused('operation_disabled', `${entry.label}: the policy allows this from the CLI only.`, facts)
}

/** What a refusal adds where the dashboard may not and the CLI may: what was tried, and the command that does it. */
export function lockFacts(actor: Actor, operation: string, target: Target): Refused['facts'] {
  const entry = registry.get(operation)
  if (entry === undefined) return {}
  const {category, label} = entry
  const {name, ...named} = target
  const tried = {...named, org: actor.org, [target.kind === 'environment' ? 'environment' : 'key']: name}
  return {operation, category, label, cliEquivalent: cliEquivalent(entry, tried)}
}

/** Why the credential of `actor` does not allow what needs `permission` and reaches this far; null: it does. */
export function refusesAccess(
  actor: Actor,
  {permission, reached, address}: {permission: Permission | 'any'; reached: Reached; address: string | null},
): Refused | null {
  if (!isWithin(actor.cidrs, address)) {
    const detail = 'The credential is bound to addresses, and this request does not come from one.'
    return new Refused('forbidden', detail, {about: 'address'})
  }
  if (permission !== 'any' && !actor.permissions.includes(permission)) {
    return new Refused(
      'forbidden',
      `This needs the permission ${permission}, which the credential's role does not have.`,
    )
  }
  if (actor.scopes === null) return null
  if (reached === 'organization') {
    return new Refused('forbidden', 'This concerns the whole organization, and the credential is bound to some scopes.')
  }
  if (reached.every((scope) => reaches(actor.scopes, scope))) return null
  return new Refused('forbidden', 'The credential is bound to scopes, and this reaches beyond them.')
}

const denied = () => new Refused('forbidden', 'The credential does not allow this operation.')
