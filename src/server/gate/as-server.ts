import {randomUUID} from 'node:crypto'
import type {Kysely} from 'kysely'
import {serverActor} from '../credentials/server-actor.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import type {Gate} from './gate.ts'
import type {Act, OwnOperation, Target} from './types.ts'

interface Own<O extends OwnOperation, I, R> {
  operation: O
  act: Act<O, I, R>
  input: I
  target: Target
}

/** Writes as the server itself, in the first organization, `default`: what no request asks for goes through the gate too. */
export type AsServer = <O extends OwnOperation, I, R>(own: Own<O, I, R>) => Promise<R>

type Reader = Pick<Kysely<Schema>, 'selectFrom'>

export const asServer =
  (gate: Gate, keyring: Pick<Keyring, 'requestDigest'>, reader: Reader): AsServer =>
  async (own) => {
    const requestId = randomUUID()
    const org = await reader.selectFrom('organizations').select(['id', 'name']).orderBy('id').executeTakeFirstOrThrow()
    return gate.write({
      ...own,
      actor: serverActor(org),
      requestId,
      address: null,
      reached: 'organization',
      digest: keyring.requestDigest(requestId),
      dryRun: false,
      oneTimeReply: false,
    })
  }
