import {ENTERED_FOR} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {newToken} from '../../formats/token.ts'
import {type Act, type Change, type Refusal, refusal} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {loadEnvironments, loadFeeding, NO_ENVIRONMENT} from './load.ts'
import {effectiveOf} from './pick.ts'

type Route = Routes['environmentsEnter']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Makes each asker a credential of 15 minutes, and never longer than its own, for the workload surface and one environment.
 * Refusals: not_found, also where the environment is fed from beyond the scopes of who asks: such a one may not know of it.
 */
export const enterEnvironments =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'environments.enter', Input<Route>, Reply<Route>> =>
  async (tx, asks) => {
    const names = asks.map(({input}) => input.query.environment)
    const environments = await loadEnvironments(tx.db, tx.orgId, names)
    const feeding = await loadFeeding(tx.db, tx.orgId, names)
    const until = new Date(Date.parse(tx.now) + ENTERED_FOR).toISOString()
    const made = asks.map(({actor, input: {query}}) => {
      const row = environments.get(query.environment)
      const claims = {agentId: actor.name, host: null, labels: {}}
      const {effective} = effectiveOf(feeding.get(query.environment)!, claims)
      if (row === undefined || !effective.every(({pattern}) => reaches(actor.scopes, pattern))) return null
      const expiresAt = actor.expiresAt !== null && actor.expiresAt < until ? actor.expiresAt : until
      return {environmentId: row.id, tokenId: actor.tokenId, token: newToken('workload'), expiresAt}
    })
    await tx.db.deleteFrom('workload_sessions').where('expires_at', '<', tx.now).execute()
    const rows = made.flatMap((one) =>
      one === null
        ? []
        : [
            {
              id: keyring.credentialHash('session', one.token),
              token_id: one.tokenId,
              environment_id: one.environmentId,
              created_at: tx.now,
              expires_at: one.expiresAt,
            },
          ],
    )
    if (rows.length > 0) await tx.db.insertInto('workload_sessions').values(rows).execute()
    return asks.map(({input: {query}}, index): Outcome => {
      const one = made[index]
      if (one == null) return refusal('not_found', NO_ENVIRONMENT)
      return {
        reply: {environment: query.environment, token: one.token, expiresAt: one.expiresAt},
        targets: [{kind: 'environment', name: query.environment}],
        changed: true,
        note: `until ${one.expiresAt}`,
      }
    })
  }
