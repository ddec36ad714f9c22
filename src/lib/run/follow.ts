import {setTimeout as pause} from 'node:timers/promises'
import {PosternError} from '../../client/error.ts'
import {type Filters, type Resolved, resolve, waitForChange} from '../../client/workload.ts'
import type {Entered} from '../workload/enter.ts'

/** What is followed. */
export interface Following {
  /** Null: it was not reached yet. */
  entered: Entered | null
  /** Gets another credential. */
  enter: () => Promise<Entered>
  filters: Filters
  etag: string
  /** Called with each new state, one after the other. */
  changed: (resolved: Resolved) => Promise<void>
  say: (line: string) => void
  signal: AbortSignal
}

/** Between two tries while the server is away, in milliseconds. */
const [FIRST, LONGEST] = [1000, 60_000]

/**
 * Tells of each change of an environment until it is aborted. It outlives the end of a credential of minutes and any time
 * without a server, which it says once.
 */
export async function follow({enter, filters, changed, say, signal, ...from}: Following): Promise<void> {
  let {entered, etag} = from
  let failed = 0
  while (!signal.aborted) {
    const fresh = entered === null
    try {
      entered ??= await enter()
      await waitForChange(entered.connection, {...filters, etag, signal})
      const next = await resolve(entered.connection, {...filters, etag, signal})
      if (failed > 0) say('The server answers again.')
      failed = 0
      if (next === 'unchanged') continue
      ;({etag} = next)
      await changed(next)
    } catch (error) {
      if (signal.aborted) return
      const {code, message} = error instanceof PosternError ? error : {code: 'failed', message: 'It failed.'}
      const isOver = code === 'unauthenticated' && entered?.own === false
      if (code === 'unauthenticated') entered = null
      if (isOver && !fresh) continue
      if (failed === 0) say(`Warning: changes cannot be followed for now, the command goes on: ${message}`)
      failed += 1
      await pause(Math.min(LONGEST, FIRST * 2 ** (failed - 1)), undefined, {signal}).catch(() => {})
    }
  }
}
