import {type OperationEntry, registry} from '../../contract/operations.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {OperationState} from '../../contract/routes/policy.ts'
import type {Read} from '../gate/types.ts'
import {decide, type Rule, selectorOf} from './decide.ts'

type Route = Routes['policyShow']

/** The rules, and the state of each operation that the dashboard offers. */
export async function showPolicy({db, actor}: Read, _: Input<Route>): Promise<Reply<Route>> {
  const rows = await db
    .selectFrom('policy_rules')
    .selectAll()
    .where('org_id', '=', actor.orgId)
    .orderBy('created_at')
    .execute()
  const rules = rows.map((row) => ({
    selector: selectorOf(row),
    effect: row.effect,
    reason: row.reason,
    createdAt: row.created_at,
    createdBy: row.created_by,
  }))
  return {rules, operations: offered().map(([name, entry]) => stateOf(rows, name, entry))}
}

/** The operations that the dashboard offers: those that a rule can lock. */
export const offered = (): [string, OperationEntry][] =>
  [...registry].filter(([, entry]) => entry.surfaces.includes('dashboard'))

export function stateOf(rules: readonly Rule[], name: string, entry: OperationEntry): OperationState {
  const {category, sensitivity, label} = entry
  return {operation: name, category, sensitivity, label, cli: [...entry.cli], ...decide(rules, name, entry)}
}
