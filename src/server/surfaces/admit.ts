import {registry} from '../../contract/operations.ts'
import type {WriteRoute} from '../../contract/route.ts'
import type {Gate} from '../gate/gate.ts'
import {Refused} from '../gate/refused.ts'
import {type Act, type Actor, refusal, type Target} from '../gate/types.ts'

interface Admitting {
  gate: Gate
  route: WriteRoute
  actor: Actor
  requestId: string
  address: string | null
  target: Target
  digest: Buffer
}

/**
 * Refuses, and records, a write by who lacks its permission or comes from elsewhere before its body is read: to hold and
 * parse a large one is work that nobody else is served during. The gate decides anew once the body is there.
 * @throws Refused `forbidden` or `unauthenticated`.
 */
export async function admit({gate, route, ...asked}: Admitting): Promise<void> {
  const {permission} = registry.get(route.operation)!
  try {
    await gate.read({permission, reached: [], recorded: true, ...asked}, async () => null)
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'forbidden') throw error
    await gate.write({
      ...asked,
      operation: route.operation,
      act: refuseAll(error.message),
      input: null,
      reached: [],
      dryRun: false,
      oneTimeReply: false,
    })
  }
}

const refuseAll =
  (detail: string): Act<'secrets.set', null, null> =>
  async (_, asks) =>
    asks.map(() => refusal('forbidden', detail))
