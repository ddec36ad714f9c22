import {cliEquivalent, type Operation, registry} from '../../contract/operations.ts'
import {allows, type Permission} from '../../contract/permissions.ts'
import {decide, type Rule} from '../policy/decide.ts'
import {Refused} from './refused.ts'
import type {Actor, OwnOperation, Target} from './types.ts'

/** What the server's own operations need; null: only the server itself may. */
const ownOperations: Record<OwnOperation, Permission | null> = {
  'server.initialize': null,
  'sessions.create': 'dashboard.open',
}

/** Why `actor` may not do `operation`, by role first, then by policy; null: it may. What is unknown is refused. */
export function refusesWrite(
  actor: Actor,
  operation: Operation | OwnOperation,
  target: Target,
  rules: readonly Rule[],
): Refused | null {
  if (Object.hasOwn(ownOperations, operation)) {
    const permission = ownOperations[operation as OwnOperation]
    return permission === null ? (actor.kind === 'server' ? null : denied()) : refusesRead(actor, permission)
  }
  const entry = registry.get(operation)
  if (entry === undefined) return denied()
  const byRole = refusesRead(actor, entry.permission)
  if (byRole !== null) return byRole
  if (!entry.surfaces.some((surface) => surface === actor.surface)) return denied()
  if (actor.surface !== 'dashboard' || decide(rules, operation, entry).effect === 'enabled') return null
  const facts = lockFacts(actor, operation, target)
  return new Refused('operation_disabled', `${entry.label}: the policy allows this from the CLI only.`, facts)
}

/** What a refusal adds where the dashboard may not and the CLI may: what was tried, and the command that does it. */
export function lockFacts(actor: Actor, operation: string, target: Target): Refused['facts'] {
  const entry = registry.get(operation)
  if (entry === undefined) return {}
  const {category, label} = entry
  const {scope, name: key} = target
  const tried = {org: actor.org, ...(scope === undefined ? {} : {scope}), ...(key === undefined ? {} : {key})}
  return {operation, category, label, cliEquivalent: cliEquivalent(entry, tried)}
}

/** Why `actor` may not read what needs `permission`; null: it may. */
export function refusesRead(actor: Actor, permission: Permission | 'any'): Refused | null {
  if (permission === 'any' || allows(actor.role, permission)) return null
  return new Refused('forbidden', `This needs the permission ${permission}, which the credential's role does not have.`)
}

const denied = () => new Refused('forbidden', 'The credential does not allow this operation.')
