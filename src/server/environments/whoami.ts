import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Actor} from '../gate/types.ts'

/** Which workload a credential is of, and what is said of it. */
export function workloadWhoami(actor: Actor, serverVersion: string): Reply<Routes['workloadWhoami']> {
  const {environment, agentId, host, labels} = actor.workload!
  return {
    actor: {kind: actor.kind, id: actor.id, name: actor.name},
    surface: 'workload',
    org: actor.org,
    environment,
    agentId,
    host,
    labels: {...labels},
    scopes: actor.scopes === null ? null : [...actor.scopes],
    cidrs: actor.cidrs === null ? null : [...actor.cidrs],
    expiresAt: actor.expiresAt,
    serverVersion,
  }
}
