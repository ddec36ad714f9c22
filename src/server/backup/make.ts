import {withFiles} from '../database.ts'
import {mustHaveStore, neededAt, type Places} from '../open.ts'
import {StartError} from '../start-error.ts'
import {newestStep} from '../store/migrations/index.ts'
import {openSnapshot, type Snapshot} from '../store/snapshot.ts'
import {storeProblem} from '../store-problem.ts'
import {rootKeyOf} from './root-key-for.ts'
import {backupText} from './text.ts'

interface Asked {
  places: Places
  withRootKey: boolean
  version: string
  now: Date
}

export interface Backup {
  /** As of when it is. */
  time: string
  /** The root key without which nothing in it opens. */
  rootKeyId: string
  /** All of it, to be encrypted. */
  text: AsyncGenerator<string>
  /** How many rows it has, once all of it was given. */
  rows: () => number
  close: () => Promise<void>
}

/**
 * Begins a backup of a store as it is now, beside the server that may run on it: what that writes from here on is not in it.
 * @throws StartError when there is no store, or the root key is asked for and not there.
 */
export async function makeBackup({places, withRootKey, version, now}: Asked): Promise<Backup> {
  // What SQLite makes beside the store is as private as the store.
  process.umask(0o077)
  const snapshot = await snapshotOf(places)
  try {
    const id = await rootKeyIdOf(snapshot)
    const rootKey = withRootKey ? (await rootKeyOf(id, places)).toString('base64url') : undefined
    let rows = 0
    const onEnd = (counted: number) => {
      rows = counted
    }
    const {engine, step} = snapshot
    const header = {program: version, engine, schema: step, rootKeyId: id, time: now.toISOString()}
    const text = backupText(snapshot, rootKey === undefined ? header : {...header, rootKey}, onEnd)
    return {time: header.time, rootKeyId: id, text, rows: () => rows, close: snapshot.close}
  } catch (error) {
    await snapshot.close()
    throw error
  }
}

/** The root key that a store is under. @throws StartError when nothing is in it yet. */
export async function rootKeyIdOf({db}: Snapshot): Promise<string> {
  const key = await db.selectFrom('keys').select('root_key_id').limit(1).executeTakeFirst()
  if (key !== undefined) return key.root_key_id
  throw new StartError('The store is empty.', {next: 'start the server on it once'})
}

/** A store as it is now. @throws StartError. */
export async function snapshotOf({data, database}: Pick<Places, 'data' | 'database'>): Promise<Snapshot> {
  await mustHaveStore({data, database}, '--data')
  const place = database === null ? data : await withFiles(database)
  // A newer program's is refused before it is opened as one of this program.
  await neededAt(place)
  const snapshot = await openSnapshot(place).catch((error: unknown) => {
    throw storeProblem(error, place)
  })
  if (snapshot.step === newestStep) return snapshot
  await snapshot.close()
  throw new StartError(`The store has the schema of an earlier Postern (step ${snapshot.step}).`, {
    next: 'use the program of the server that runs on it, or start this one’s server once',
  })
}
