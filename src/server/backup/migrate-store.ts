import type {Buffer} from 'node:buffer'
import {rename, rm} from 'node:fs/promises'
import {type DataFolder, openDataFolder} from '../data-folder.ts'
import {type DatabaseAsked, withFiles} from '../database.ts'
import type {Act} from '../gate/types.ts'
import {openKeyring} from '../keyring/keyring.ts'
import {mustHaveStore, neededAt, openStoreWith} from '../open.ts'
import {readPending, settleRootKey} from '../pending-root-key.ts'
import {syncFolder, writePrivateFile} from '../private-file.ts'
import {rootKey} from '../root-key.ts'
import {StartError} from '../start-error.ts'
import {openStoreAt} from '../store/at-step.ts'
import {newestStep} from '../store/migrations/index.ts'
import type {DatabaseSettings} from '../store/postgres.ts'
import {isThere, MOVED, MOVING} from './absent.ts'
import {snapshotOf} from './make.ts'
import {refuseDamaged} from './refuse-damaged.ts'
import {SameStore, transferFrom} from './transfer.ts'
import {type Verified, verifyStore} from './verify.ts'

interface Asked {
  /** The data folder, absolute. */
  data: string
  rootKeyFile: string | undefined
  to: DatabaseAsked
  version: string
  /** Move it though values do not open, or logs do not verify. */
  keepDamaged: boolean
}

export interface Migrated extends Verified {
  rows: number
  /** The database, without what is secret of its URL. */
  place: string
  /** The store's file, as it was, under its new name. */
  oldFile: string
}

/**
 * Moves the store of a data folder, on which no server runs, into an empty database: in one transaction, in which every row
 * is compared, every log verified and every value tried before it is committed. The file stays under another name.
 * @throws StartError when it cannot; then the database holds nothing, and the folder is as it was. Where it is interrupted
 * about its commit, no server goes on in the folder until it is run again; that also says that it had been done.
 */
export async function migrateStore({data, rootKeyFile, to, version, keepDamaged}: Asked): Promise<Migrated> {
  await mustHaveStore({data, database: null}, '--data')
  const folder = await openDataFolder(data)
  try {
    const key = await settledKey(folder, rootKeyFile)
    await (await snapshotOf({data, database: null})).close()
    const database = await withFiles(to)
    let verified: Verified = {logs: [], values: null}
    const rows = await transferFrom(data, database, async (written) => {
      verified = await verifyStore(written, await openKeyring(written, key))
      refuseDamaged(verified, 'In this store', keepDamaged)
      await writePrivateFile(folder.file(MOVING), `${to.place}\n`)
    }).catch(async (error: unknown) => {
      if (!(error instanceof SameStore && (await isThere(folder.file(MOVING))))) throw error
      return null
    })
    await recordAt(database, key, version)
    if (rows === null) {
      throw new StartError(
        `The store was moved already when that was interrupted: its file is ${await putAside(folder)} now.`,
        {
          next: `start the server with the URL of the database ${to.place}: POSTERN_DATABASE_URL`,
        },
      )
    }
    return {rows, place: to.place, oldFile: await putAside(folder), ...verified}
  } finally {
    folder.release()
  }
}

/** The root key of the folder's store; a rotation that was interrupted is finished. */
async function settledKey(folder: DataFolder, file: string | undefined): Promise<Buffer> {
  const needed = await neededAt(folder.path)
  const pending = file === undefined ? await readPending(folder) : null
  if (pending !== null && needed !== null) await settleRootKey(folder, needed)
  return rootKey(folder, file, needed)
}

async function recordAt(database: DatabaseSettings, key: Buffer, version: string): Promise<void> {
  const services = await openStoreWith(database, {rootKey: key, version, dashboardUrl: () => ''})
  try {
    const target = {kind: 'database', name: database.place}
    await services.asServer({operation: 'server.migrate-store', act: record, input: target, target})
  } finally {
    await services.close()
  }
}

const record: Act<'server.migrate-store', {kind: string; name: string}, null> = async (_, asks) =>
  asks.map(({input}) => ({
    reply: null,
    changed: true,
    targets: [input],
    note: 'moved from the data folder; every row was compared',
  }))

/** What is in the write-ahead log goes into the file first. */
async function putAside(folder: DataFolder): Promise<string> {
  await (await openStoreAt(folder.path, newestStep)).destroy()
  const aside = folder.file(MOVED)
  await rename(folder.file('postern.db'), aside)
  await syncFolder(folder.path)
  await rm(folder.file(MOVING), {force: true})
  return aside
}
