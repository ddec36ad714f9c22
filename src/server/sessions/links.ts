import {randomBytes} from 'node:crypto'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'

type Route = Routes['dashboardOpen']

/** How long a link can be used, in milliseconds. */
export const LINK_LIVES = 60_000

/** Makes one-time links that sign in to the dashboard as the token that asked. */
export const openDashboard =
  (
    keyring: Pick<Keyring, 'credentialHash'>,
    dashboardUrl: () => string,
  ): Act<'dashboard.open', Input<Route>, Reply<Route>> =>
  async (tx, asks) => {
    const expiresAt = new Date(Date.parse(tx.now) + LINK_LIVES).toISOString()
    await tx.db.deleteFrom('signin_links').where('expires_at', '<', tx.now).execute()
    const made = asks.map(({actor}) => ({actor, link: randomBytes(32).toString('base64url')}))
    await tx.db
      .insertInto('signin_links')
      .values(
        made.map(({actor, link}) => ({
          id: keyring.credentialHash('link', link),
          token_id: actor.tokenId,
          created_at: tx.now,
          expires_at: expiresAt,
          used_at: null,
        })),
      )
      .execute()
    return made.map(({actor, link}) => ({
      reply: {url: `${dashboardUrl()}/dashboard/signin?link=${link}`, expiresAt},
      targets: [{kind: 'link', name: actor.name}],
      changed: true,
    }))
  }
