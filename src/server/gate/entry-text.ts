import type {AuditEntry} from '../../contract/routes/audit.ts'

/** Every field, so that one which is added does not compile until it has its place below. */
type All<T> = {[K in keyof Required<T>]: unknown}

/**
 * The canonical text of an entry (RFC 8785): what `JSON.stringify` writes when the fields come in the order of their names.
 * Sorting them anew for each entry took six microseconds of each write.
 */
export function entryText({actor, target, ...entry}: AuditEntry): string {
  return JSON.stringify({
    actor: {id: actor.id, kind: actor.kind, name: actor.name} satisfies All<typeof actor>,
    address: entry.address,
    code: entry.code,
    format: entry.format,
    names: entry.names,
    operation: entry.operation,
    org: entry.org,
    outcome: entry.outcome,
    previous: entry.previous,
    reason: entry.reason,
    requestId: entry.requestId,
    sequence: entry.sequence,
    surface: entry.surface,
    target: {
      kind: target.kind,
      name: target.name,
      scope: target.scope,
      to: target.to,
      version: target.version,
    } satisfies All<typeof target>,
    time: entry.time,
  } satisfies All<AuditEntry>)
}
