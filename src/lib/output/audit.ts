import type {AuditEntry} from '../../contract/routes/audit.ts'
import {table} from './table.ts'

/** Audit entries as rows, oldest first. */
export const auditTable = (entries: readonly AuditEntry[], terminal: boolean): Promise<string> =>
  table(['#', 'time', 'actor', 'surface', 'operation', 'target', 'outcome', 'reason'], entries.map(rowOf), terminal)

function rowOf({sequence, time, actor, surface, operation, outcome, code, reason, ...about}: AuditEntry): string[] {
  return [
    String(sequence),
    time,
    actor.name,
    surface,
    operation,
    whatOf(about),
    code === null ? outcome : `${outcome}: ${code}`,
    reason ?? '',
  ]
}

function whatOf({target, names}: Pick<AuditEntry, 'target' | 'names'>): string {
  const {kind, scope, name, version = 0, to} = target
  const moved = to === undefined ? '' : ` -> ${to}`
  if (kind === 'scope') return `${scope}${moved}`
  if (kind === 'environment') {
    const fed = scope === undefined ? '' : `: ${scope}`
    return `${name ?? kind}${fed}${moved}${names === undefined ? '' : ` (${names.length} names)`}`
  }
  return `${scope === undefined ? '' : `${scope}/`}${name ?? kind}${version === 0 ? '' : `@${version}`}${moved}`
}
