import type {Transform} from 'node:stream'
import {PosternError} from '../../client/error.ts'
import type {Resolved} from '../../client/workload.ts'
import {enter} from '../workload/enter.ts'
import {startChild} from './child.ts'
import {follow} from './follow.ts'
import {type Given, type Source, valuesOf} from './given.ts'
import {type Manner, prepare, type Ready} from './prepare.ts'
import {canReplace, replaceBy} from './replace.ts'
import {type Signals, takeSignals} from './signals.ts'

/** How long a command may take to end by itself before it is started anew, in milliseconds. */
const GRACE = 10_000

export interface Asked {
  source: Source
  manner: Manner
  mask: boolean
  watch: boolean
}

/**
 * Runs a command with what its environment gives, and gives its exit status. Where nothing is to be done beside it or
 * after it, this process becomes the command, and does not return.
 * @throws PosternError; then nothing was started.
 */
export async function runCommand(asked: Asked): Promise<number> {
  const {source, manner, mask, watch} = asked
  const given = await valuesOf(source)
  for (const {key, scope} of given.resolved.missing)
    source.say(`Warning: ${key} is declared in scope ${scope} and has no value; the command does not get it.`)
  const ready = await prepare(given.resolved, manner)
  if (ready.folder?.inMemory === false)
    source.say('Warning: there is no place in memory for files here; they are on disk until the command has ended.')
  if (!mask && !watch && ready.folder === null && canReplace()) replaceBy(ready)
  const signals = takeSignals()
  try {
    return watch ? await watched(asked, given, ready, signals) : await once(ready, signals, mask)
  } finally {
    signals.end()
  }
}

async function once(ready: Ready, signals: Signals, mask: boolean): Promise<number> {
  try {
    return await startChild(ready, signals, mask ? await maskOf(ready) : null).ended
  } finally {
    ready.folder?.remove()
  }
}

async function maskOf({values}: Ready): Promise<() => Transform> {
  const [{createMasker}, {maskWith}] = await Promise.all([
    import('../../sdk/mask/masker.ts'),
    import('../../sdk/mask/stream.ts'),
  ])
  const masker = createMasker(values)
  return () => maskWith(masker)
}

/** Starts the command anew after each change, until it ends by itself. */
async function watched({source, manner, mask}: Asked, given: Given, first: Ready, signals: Signals): Promise<number> {
  const over = new AbortController()
  const {client, environment, filters, say} = source
  let ready = first
  let running = startChild(ready, signals, mask ? await maskOf(ready) : null)
  let started = 1
  const ended = new Promise<number>((done, fail) => {
    const follows = (turn: number) =>
      running.ended.then(
        (code) => turn === started && done(code),
        (error) => turn === started && fail(error),
      )
    void follows(started)
    const changed = async (resolved: Resolved) => {
      const next = await prepare(resolved, manner).catch((error: unknown) => {
        if (!(error instanceof PosternError)) throw error
        say(`Warning: the values changed, and the command goes on with the old ones: ${error.message}`)
        return null
      })
      if (next === null || over.signal.aborted) return next?.folder?.remove()
      say('The values changed; the command is started anew.')
      const turn = started + 1
      started = turn
      const {asked} = signals
      await running.stop(GRACE)
      ready.folder?.remove()
      if (signals.asked > asked) {
        // Who asked for the end meanwhile asked for that of the whole, and the one that got it has ended.
        next.folder?.remove()
        return void running.ended.then(done, fail)
      }
      ready = next
      running = startChild(next, signals, mask ? await maskOf(next) : null)
      void follows(turn)
    }
    const {entered} = given
    const {etag} = given.resolved
    void follow({entered, enter: () => enter(client, environment), filters, etag, changed, say, signal: over.signal})
  })
  try {
    return await ended
  } finally {
    over.abort()
    ready.folder?.remove()
  }
}
