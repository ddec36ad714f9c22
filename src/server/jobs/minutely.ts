import type {Failures} from '../credentials/failures.ts'
import type {LastUse} from '../credentials/last-use.ts'
import type {Refusals} from '../credentials/summed-refusals.ts'
import type {AsServer} from '../gate/as-server.ts'
import {Refused} from '../gate/refused.ts'
import {refusal, type Target} from '../gate/types.ts'
import type {SealCounts} from '../keys/seal-counts.ts'

interface Parts {
  failures: Failures
  refusals: Refusals
  lastUse: LastUse
  sealCounts: SealCounts
  asServer: AsServer
}

/**
 * Writes what is kept in memory for a minute: when tokens were used last; how often data keys have sealed; one record of
 * what came without a credential; and one for each credential of what it was refused that has no entry of its own.
 * @throws what one of them failed with, after the others were written.
 */
export async function minutely({lastUse, sealCounts, ...refused}: Parts): Promise<void> {
  // Each look at the keys writes the seals too, but a re-encryption takes longer.
  const works = [lastUse.write, sealCounts.write, () => recordRefused(refused)]
  const failed: unknown[] = []
  for (const work of works) await work().catch((error: unknown) => failed.push(error))
  if (failed.length > 0) throw failed[0]
}

async function recordRefused({failures, refusals, asServer}: Pick<Parts, 'failures' | 'refusals' | 'asServer'>) {
  const refused = failures.take()
  if (refused !== null) {
    const {count, addresses, address} = refused
    const reason = `${many(count, 'request')} from ${many(addresses, 'address', 'addresses')}`
    await record(asServer, {code: 'unauthenticated', target: {kind: 'credential'}, address, reason})
  }
  for (const {org, name, reads, others} of refusals.take()) {
    const counted = [
      ...(reads > 0 ? [many(reads, 'read')] : []),
      ...(others > 0 ? [many(others, 'other request')] : []),
    ]
    const reason = `${counted.join(' and ')} refused within a minute, without entries of their own`
    await record(asServer, {code: 'forbidden', target: {kind: 'token', name}, address: null, reason, org})
  }
}

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`

interface Summary {
  code: 'unauthenticated' | 'forbidden'
  target: Target
  address: string | null
  reason: string
  org?: {id: number; name: string}
}

async function record(asServer: AsServer, {code, ...summary}: Summary): Promise<void> {
  await asServer({
    operation: 'server.refused',
    act: async (_, asks) => asks.map(() => refusal(code, 'This sums up what was refused.')),
    input: null,
    ...summary,
  }).catch((error: unknown) => {
    // What is recorded is a refusal, so that is what recording it answers.
    if (!(error instanceof Refused && error.code === code)) throw error
  })
}
