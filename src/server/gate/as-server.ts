import {randomUUID} from 'node:crypto'
import type {Kysely} from 'kysely'
import {serverActor} from '../credentials/server-actor.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {firstOrganization} from '../store/first-organization.ts'
import type {Schema} from '../store/schema.ts'
import type {Gate} from './gate.ts'
import type {Act, OwnOperation, Target} from './types.ts'

interface Own<O extends OwnOperation, I, R> {
  operation: O
  act: Act<O, I, R>
  input: I
  target: Target
  /** By default the first organization, `default`. */
  org?: {id: number; name: string}
  address?: string | null
  reason?: string
}

/** Writes as the server itself: what no request asks for goes through the gate too. */
export type AsServer = <O extends OwnOperation, I, R>(own: Own<O, I, R>) => Promise<R>

type Reader = Pick<Kysely<Schema>, 'selectFrom'>

export const asServer =
  (gate: Gate, keyring: Pick<Keyring, 'requestDigest'>, reader: Reader): AsServer =>
  async ({org, ...own}) => {
    const requestId = randomUUID()
    return gate.write({
      address: null,
      ...own,
      actor: serverActor(org ?? (await firstOrganization(reader))),
      requestId,
      reached: 'organization',
      digest: keyring.requestDigest(requestId),
      dryRun: false,
      // Nobody repeats it, and what it answers may be a credential.
      oneTimeReply: true,
    })
  }
