import type {Failures} from '../credentials/failures.ts'
import type {LastUse} from '../credentials/last-use.ts'
import type {AsServer} from '../gate/as-server.ts'
import {Refused} from '../gate/refused.ts'
import {refusal} from '../gate/types.ts'

interface Parts {
  failures: Failures
  lastUse: LastUse
  asServer: AsServer
}

/** Writes what is kept in memory for a minute: when tokens were used last, and one record of what came without a credential. */
export async function minutely({failures, lastUse, asServer}: Parts): Promise<void> {
  await lastUse.write()
  const refused = failures.take()
  if (refused === null) return
  const {count, addresses, address} = refused
  const requests = count === 1 ? '1 request' : `${count} requests`
  const from = addresses === 1 ? '1 address' : `${addresses} addresses`
  await asServer({
    operation: 'server.refused',
    act: async (_, asks) => asks.map(() => refusal('unauthenticated', 'No valid credential came with these.')),
    input: null,
    target: {kind: 'credential'},
    address,
    reason: `${requests} from ${from}`,
  }).catch((error: unknown) => {
    // What is recorded is a refusal, so that is what recording it answers.
    if (!(error instanceof Refused && error.code === 'unauthenticated')) throw error
  })
}
