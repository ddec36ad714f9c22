import type {Socket} from 'node:net'
import type {PostgresPool, PostgresPoolClient} from 'kysely'
import type {Client, Pool, PoolClient} from 'pg'
import {pg} from './pg.ts'
import {sharesSessions} from './pooler.ts'
import {EXHAUSTED, LOST, mayTryAgain, NO_PASSWORD, SHARED_SESSIONS} from './store-fault.ts'

/** How often a statement that stands alone is tried while others change the schema or take locks in another order. */
const TRIES = 5

/**
 * What a connection answers whose like would answer better: its statements are of before a change of the schema, or its
 * server is no longer the primary.
 */
const STALE = ['0A000', '25006']

/** The most statements that a connection keeps prepared. */
const PREPARED = 300

/**
 * The connections of a pool as Kysely uses them. Each new one is told `session` first. Statements get names, by which a
 * connection prepares a text once: to plan it takes PostgreSQL longer than to run it. A text gets its name when it comes
 * for the second time, so what is never said again takes none.
 */
export function connectionsOf(pool: Pool, session: string): PostgresPool {
  const seen = new Set<string>()
  const names = new Map<string, string>()
  const nameOf = (text: string) => {
    const known = names.get(text)
    if (known !== undefined || names.size === PREPARED) return known
    if (!seen.has(text)) {
      if (seen.size === PREPARED) seen.clear()
      seen.add(text)
      return undefined
    }
    const name = `postern_${names.size}`
    names.set(text, name)
    return name
  }
  /** What is not given back to the pool. */
  const spent = new WeakSet<PoolClient>()
  const query = async (client: PoolClient, text: string, values: readonly unknown[]) => {
    gather(client)
    for (let tries = 1; ; tries += 1) {
      // Tried again, it is prepared anew, without a name.
      const name = values.length === 0 || tries > 1 ? undefined : nameOf(text)
      try {
        return await client.query({...(name !== undefined && {name}), text, values: [...values]})
      } catch (error) {
        if (!answered(error)) {
          spent.add(client)
          throw lost(error)
        }
        if (STALE.includes((error as {code?: string}).code ?? '')) spent.add(client)
        // What stood alone did nothing.
        if (!mayTryAgain(error) || isInTransaction(client) || tries === TRIES) throw error
      }
    }
  }
  let asked = false
  /** What comes before all else on a new connection. */
  const begin = async (client: PoolClient) => {
    if (!asked) {
      const shares = await sharesSessions(client, () => new (endingClient())(pool.options)).catch((error: unknown) => {
        throw answered(error) ? error : lost(error)
      })
      if (shares) throw shared()
      asked = true
    }
    await query(client, session, [])
  }
  const clients = new WeakMap<PoolClient, PostgresPoolClient>()
  return {
    connect: async () => {
      const client = await pool.connect().catch((error: unknown) => {
        throw answered(error) ? error : isExhausted(error) ? exhausted() : lost(error)
      })
      const known = clients.get(client)
      if (known !== undefined) return known
      // Here, and not by Kysely, which would keep for ever a client that failed at this.
      await begin(client).catch((error: unknown) => {
        client.release(true)
        throw error
      })
      const named = {
        query: (text: string, values: readonly unknown[]) => query(client, text, values),
        release: (discard?: boolean) => client.release(discard === true || spent.has(client)),
      } as unknown as PostgresPoolClient
      clients.set(client, named)
      return named
    },
    end: () => pool.end(),
  }
}

/** As the protocol says it when an answer ends, so after an error within a transaction it is still one. */
const isInTransaction = (client: PoolClient): boolean =>
  (client as PoolClient & {getTransactionStatus: () => string | null}).getTransactionStatus() !== 'I'

/** Lets the statements of one lap of the event loop leave in one piece: each would be a write to the socket by itself. */
function gather(client: PoolClient): void {
  const {stream} = (client as unknown as {connection: {stream: Socket}}).connection
  stream.cork()
  process.nextTick(() => stream.uncork())
}

/** Where the driver gives up, as for want of a password, it leaves the connection open; the process would wait for its end. */
export function endingClient(): typeof Client {
  return class extends pg().Client {
    override connect(): Promise<Client>
    override connect(done: (error: Error) => void): void
    override connect(done?: (error: Error) => void): Promise<Client> | undefined {
      if (done === undefined) return super.connect()
      super.connect((error: Error) => {
        if (error !== null) this.end().catch(() => {})
        done(error)
      })
      return undefined
    }
  }
}

/** Whether all connections of the pool were in use for too long: the pool's own error, which has no code. */
const isExhausted = (error: unknown): boolean =>
  error instanceof Error && error.message === 'timeout exceeded when trying to connect'

const exhausted = (): Error =>
  Object.assign(new Error('all connections to the database were in use for too long'), {code: EXHAUSTED})

const shared = (): Error =>
  Object.assign(new Error('a pooler gives each transaction another session'), {code: SHARED_SESSIONS})

/** Whether an error is what the database answered. */
const answered = (error: unknown): boolean => error instanceof pg().DatabaseError

/** The driver's errors of a lost connection have no code, and those of the system one of its own: `system`. */
const lost = (error: unknown): Error => {
  const {code, message} = error as {code?: unknown; message?: unknown}
  if (/client password must be/.test(String(message)))
    return Object.assign(new Error('the database asks for a password'), {code: NO_PASSWORD})
  const system = typeof code === 'string' ? code : null
  return Object.assign(new Error(`the connection to the database was lost: ${message}`), {code: LOST, system})
}
