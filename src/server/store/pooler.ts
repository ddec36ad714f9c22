import {randomUUID} from 'node:crypto'
import type {Client, ClientBase} from 'pg'

/** Where connections share sessions, so many get fewer, unless as many others are busy at that very moment. */
const ASKED = 3

/** How long one of them may take, in milliseconds: a pooler may have no room for it. */
const PATIENCE = 5000

/**
 * Whether a pooler in between gives each transaction of a connection whatever session is free. It would mix up what is said
 * of a session, and run the prepared statements of others; so this is asked before anything is said.
 * @param another makes a connection of the same kind, to be opened.
 */
export async function sharesSessions(client: ClientBase, another: () => Client): Promise<boolean> {
  // What answers is what the connection was opened to: nobody is in between.
  if ((await answerOf(client, 'select pg_backend_pid()')) === (client as Client & {processID: number}).processID)
    return false
  const clients: Client[] = []
  const marks = Array.from({length: ASKED}, () => randomUUID())
  const found: unknown[] = []
  try {
    for (const mark of marks) {
      const next = another()
      clients.push(next)
      next.on('error', () => {})
      await next.connect()
      await answerOf(next, "select set_config('postern.session', $1, false)", mark)
    }
    for (const next of clients) found.push(await answerOf(next, "select current_setting('postern.session', true)"))
  } catch {
    // It does not tell, as an engine that knows no settings but its own.
    return false
  } finally {
    for (const next of clients) next.end().catch(() => {})
  }
  return found.some((mark, at) => mark !== marks[at])
}

async function answerOf(client: ClientBase, text: string, ...values: string[]): Promise<unknown> {
  const asked = {text, values, rowMode: 'array' as const, query_timeout: PATIENCE}
  const {rows} = await client.query<unknown[]>(asked)
  return rows[0]?.[0]
}
