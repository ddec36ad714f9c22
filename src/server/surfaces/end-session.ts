import type {FastifyRequest} from 'fastify'
import type {Actor} from '../gate/types.ts'
import {endSession} from '../sessions/revoke.ts'
import {addressOf} from './address.ts'
import type {Context} from './context.ts'

/** Signs out who asks: ends the session, of a browser or a terminal, that the request came with. @throws Refused as the gate does. */
export const endOwnSession = (request: FastifyRequest, actor: Actor, {gate, keyring}: Context): Promise<null> =>
  gate.write({
    actor,
    operation: 'sessions.end',
    act: endSession,
    requestId: request.id,
    address: addressOf(request),
    input: null,
    target: {kind: 'session', name: actor.name},
    reached: [],
    digest: keyring.requestDigest(JSON.stringify(['sessionsEnd', request.id])),
    dryRun: false,
    oneTimeReply: false,
  })
