import type {AuditEntry} from '../../contract/routes/audit.ts'
import {table} from './table.ts'

/** Audit entries as rows, oldest first. */
export const auditTable = (entries: readonly AuditEntry[], terminal: boolean): Promise<string> =>
  table(['#', 'time', 'actor', 'surface', 'operation', 'target', 'outcome', 'reason'], entries.map(rowOf), terminal)

function rowOf({sequence, time, actor, surface, operation, target, outcome, code, reason}: AuditEntry): string[] {
  const version = target.version === undefined || target.version === 0 ? '' : `@${target.version}`
  const at = target.scope === undefined ? '' : `${target.scope}/`
  const moved = target.to === undefined ? '' : ` -> ${target.to}`
  const what =
    target.kind === 'scope' ? `${target.scope}${moved}` : `${at}${target.name ?? target.kind}${version}${moved}`
  return [
    String(sequence),
    time,
    actor.name,
    surface,
    operation,
    what,
    code === null ? outcome : `${outcome}: ${code}`,
    reason ?? '',
  ]
}
