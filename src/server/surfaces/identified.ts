import type {FastifyRequest} from 'fastify'
import type {Surface} from '../../contract/surfaces.ts'
import {isCsrfToken, sessionActor, terminalActor, tokenActor, workloadActor} from '../credentials/identify.ts'
import {Refused} from '../gate/refused.ts'
import type {Actor} from '../gate/types.ts'
import {addressOf} from './address.ts'
import type {Context} from './context.ts'
import {tokenIn} from './credential-in.ts'
import {sameOrigin} from './origin.ts'

/** The actor of a request; one that has none is counted. */
export const identified = (request: FastifyRequest, surface: Surface, context: Context): Promise<Actor> =>
  identify(request, surface, context).catch((error: unknown) => {
    if (error instanceof Refused && error.code === 'unauthenticated')
      context.failures.count(addressOf(request), tokenIn(request.headers))
    throw error
  })

/** The actor of a request on this surface. A credential of another surface is none here. */
async function identify(
  request: FastifyRequest,
  surface: Surface,
  {reader, findToken, keyring, now, dashboardUrl}: Context,
): Promise<Actor> {
  const at = now().toISOString()
  if (surface === 'cli') {
    const {authorization} = request.headers
    const actor =
      (await tokenActor(findToken, keyring, authorization, at)) ??
      (await terminalActor(reader, keyring, authorization, at))
    if (actor === null) throw new Refused('unauthenticated', 'No valid token came with this request.')
    return actor
  }
  if (surface === 'workload') {
    const actor = await workloadActor(reader, findToken, keyring, request.headers.authorization, at)
    if (actor === null) throw new Refused('unauthenticated', 'No valid token of a workload came with this request.')
    return actor
  }
  const actor = await sessionActor(reader, keyring, request.headers.cookie, at)
  if (actor === null)
    throw new Refused(
      'unauthenticated',
      'No valid session came with this request. Ask for a link: postern dashboard open',
    )
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    if (!sameOrigin(request, dashboardUrl()) || !isCsrfToken(keyring, actor, request.headers['x-csrf-token'])) {
      throw new Refused(
        'forbidden',
        'The request does not come from the dashboard itself: its CSRF token or origin is wrong.',
      )
    }
  }
  return actor
}
