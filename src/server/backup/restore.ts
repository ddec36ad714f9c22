import type {Buffer} from 'node:buffer'
import {rename, rm} from 'node:fs/promises'
import {join} from 'node:path'
import type {BackupHeader} from '../../formats/backup-file.ts'
import {type DataFolder, openDataFolder} from '../data-folder.ts'
import {type DatabaseAsked, withFiles} from '../database.ts'
import type {Act} from '../gate/types.ts'
import {rootKeyId} from '../keyring/wrap.ts'
import {openStoreWith, type Places} from '../open.ts'
import {syncFolder} from '../private-file.ts'
import {readRootKey, writeRootKey} from '../root-key.ts'
import {StartError} from '../start-error.ts'
import {isThere, PART} from './absent.ts'
import {beginBackup} from './fill.ts'
import {refuseDamaged} from './refuse-damaged.ts'
import {type Found, rootKeyFor, rootKeyNeeded} from './root-key-for.ts'
import {transferFrom} from './transfer.ts'
import type {Verified} from './verify.ts'

interface Asked {
  places: Places
  version: string
  /** The backup, decrypted. */
  bytes: AsyncIterable<Uint8Array>
  /** Do everything but leave a store. */
  dryRun: boolean
  /** Take it though values do not open, or logs do not verify: they did not where it was made. */
  keepDamaged: boolean
}

export interface Restored extends Verified {
  header: Omit<BackupHeader, 'rootKey'>
  rows: number
  /** Where the server finds the root key. */
  rootKeyFile: string
}

/**
 * Makes the store of a backup where there is none: in a data folder, or in a database. It is made and verified in a folder
 * inside the data folder, and takes its place last: what is interrupted leaves no store, and a server refuses to make a new
 * one in that folder.
 * @throws StartError when the folder is in use or holds a store, the root key is not there, or the backup does not hold.
 */
export async function restoreBackup(asked: Asked): Promise<Restored> {
  const {
    dryRun,
    places: {data, database},
  } = asked
  const isNew = !(await isThere(data))
  const folder = await openDataFolder(data)
  let done = false
  try {
    if (database === null && (await isThere(folder.file('postern.db'))))
      throw new StartError(`The data folder ${data} holds a store already.`, {
        next: 'name another folder with --data, or move that one away; nothing was changed',
      })
    const restored = await restoreInto(folder, asked)
    done = !dryRun
    return restored
  } finally {
    await rm(folder.file(PART), {recursive: true, force: true})
    folder.release()
    if (!done && isNew) await rm(data, {recursive: true})
  }
}

async function restoreInto(folder: DataFolder, asked: Asked): Promise<Restored> {
  const {header, into} = await beginBackup(asked.bytes)
  const found = await rootKeyFor(header, folder.path, asked.places.rootKeyFile)
  if (found === null) throw rootKeyNeeded(header)
  if (found.file === null) await refuseAnother(folder)
  const part = folder.file(PART)
  const rows = await into(part)
  const verified = await settle(part, found.key, header, asked)
  const {rootKey: _, ...shown} = header
  const rootKeyFile = found.file ?? folder.file('root.key')
  if (!asked.dryRun) await takePlace(folder, found, asked.places.database)
  return {header: shown, rows, rootKeyFile, ...verified}
}

/** The root key of a backup becomes `root.key`, and another one that is there may be the only copy. */
async function refuseAnother(folder: DataFolder): Promise<void> {
  const there = await readRootKey(folder.file('root.key'))
  if (there === null) return
  throw new StartError(
    `${folder.file('root.key')} is another root key than the backup's: its id is ${rootKeyId(there)}.`,
    {
      next: 'move it away, or name another folder with --data; nothing was changed',
    },
  )
}

/** Brings the store to this program's schema, verifies all of it, and records that it was restored. */
async function settle(part: string, rootKey: Buffer, header: BackupHeader, asked: Asked): Promise<Verified> {
  const {version, dryRun, keepDamaged} = asked
  const services = await openStoreWith(part, {rootKey, version, dashboardUrl: () => ''})
  try {
    const verified = await services.verify()
    refuseDamaged(verified, 'In this backup', keepDamaged)
    if (dryRun) return verified
    const target = {kind: 'backup', name: header.time}
    await services.asServer({operation: 'server.restore', act: record, input: header, target})
    return verified
  } finally {
    await services.close()
  }
}

/** Every organization that is there has readers whose clients remember its log: each log says why it went back. */
const record: Act<'server.restore', BackupHeader, null> = async (tx, asks) => {
  const orgs = await tx.db
    .selectFrom('organizations')
    .select(['id as orgId', 'name as org'])
    .where('deleted_at', 'is', null)
    .where('id', '<>', tx.orgId)
    .execute()
  return asks.map(({input: {time, program, engine}}) => ({
    reply: null,
    changed: true,
    targets: [{kind: 'backup', name: time}],
    alsoIn: orgs,
    note: `restored from the backup of ${time}, made by Postern ${program} on ${engine}: what was written since then is not here`,
  }))
}

/** The root key first: a store whose key is on no disk would open for nobody. It goes again when no store comes to it. */
async function takePlace(folder: DataFolder, {key, file}: Found, database: DatabaseAsked | null): Promise<void> {
  const part = folder.file(PART)
  const settings = database === null ? null : await withFiles(database)
  if (file === null) await writeRootKey(folder.file('root.key'), key)
  if (settings !== null) {
    await transferFrom(part, settings, async () => {}).catch(async (error: unknown) => {
      if (file === null) await rm(folder.file('root.key'))
      throw error
    })
    return
  }
  await syncFolder(part)
  await rename(join(part, 'postern.db'), folder.file('postern.db'))
  await syncFolder(folder.path)
}
