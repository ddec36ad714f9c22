import {access} from 'node:fs/promises'
import {refuseAbsent} from './backup/absent.ts'
import {type DataFolder, openDataFolder} from './data-folder.ts'
import {type DatabaseAsked, withFiles} from './database.ts'
import {readPending, settleRootKey} from './pending-root-key.ts'
import {rootKey} from './root-key.ts'
import {openServices, type ServiceOptions, type Services} from './services.ts'
import type {Settings} from './settings.ts'
import {StartError} from './start-error.ts'
import {rootKeyNeeded} from './store/look.ts'
import {openStore, type StorePlace} from './store/store.ts'
import {storeProblem} from './store-problem.ts'

export interface Opened {
  /** A path inside the data folder. */
  file: (...names: string[]) => string
  services: Services
  close: () => Promise<void>
}

/** Where store and root key are. */
export type Places = Pick<Settings, 'data' | 'rootKeyFile' | 'database'>

type Options = Omit<ServiceOptions, 'store' | 'rootKey' | 'otherRootKeys'> & {onLost?: (error: Error) => void}

/**
 * Takes the data folder for this process alone and opens what is in it, or the database that has its store. A rotation of
 * the root key that was interrupted is finished.
 * @throws StartError when it cannot; then nothing is left open.
 */
export async function open(places: Places, options: Options): Promise<Opened> {
  const folder = await openDataFolder(places.data)
  let services: Services | undefined
  try {
    const place = await placeOf(folder, places.database)
    if (place === folder.path) await refuseAbsent(folder)
    const pending = places.rootKeyFile === undefined ? await readPending(folder) : null
    const others = pending === null ? [] : [pending]
    const needed = await neededAt(place)
    if (needed === null && places.database !== null) await refuseBeside(folder, places.database)
    const key = await rootKey(folder, places.rootKeyFile, needed, others)
    services = await openStoreWith(place, {...options, rootKey: key, otherRootKeys: others})
    if (pending !== null) await settleRootKey(folder, services.rootKeyId)
    const {close} = services
    return {file: folder.file, services, close: () => close().finally(folder.release)}
  } catch (error) {
    await services?.close()
    folder.release()
    throw error
  }
}

/** @throws StartError when there is a store in the folder, and the database that is named has none: it would be left behind. */
async function refuseBeside({path}: DataFolder, {place}: DatabaseAsked): Promise<void> {
  if ((await neededAt(path)) === null) return
  throw new StartError(`The database ${place} has no store, while the folder ${path} has one.`, {
    next: 'postern server migrate-store moves it there; or name another folder: --data DIR',
  })
}

/** Where the store of a data folder is. @throws StartError when a file that the database's URL names cannot be read. */
export const placeOf = async (folder: Pick<DataFolder, 'path'>, database: DatabaseAsked | null): Promise<StorePlace> =>
  database === null ? folder.path : withFiles(database)

/**
 * The id of the root key that the store is under, read before anything is changed; null: there is no store yet.
 * @throws StartError, also when a newer program had the store.
 */
export const neededAt = (place: StorePlace): Promise<string | null> =>
  rootKeyNeeded(place).catch((error: unknown) => {
    throw storeProblem(error, place)
  })

/** Opens a store and what is behind the doors. @throws StartError that says what to do. */
export async function openStoreWith(
  place: StorePlace,
  {onLost, ...options}: Options & Pick<ServiceOptions, 'rootKey' | 'otherRootKeys'>,
): Promise<Services> {
  try {
    return await openServices({...options, store: await openStore(place, onLost)})
  } catch (error) {
    throw storeProblem(error, place)
  }
}

/** @throws StartError when there is no store in the folder, nor in the database where one is named. */
export async function mustHaveStore({data, database}: Pick<Places, 'data' | 'database'>, flag: string): Promise<void> {
  if (database !== null) {
    if ((await neededAt(await withFiles(database))) !== null) return
    throw new StartError(`There is no store in the database ${database.place}.`, {
      next: 'name the database of the server: POSTERN_DATABASE_URL',
    })
  }
  await access(`${data}/postern.db`).catch(() => {
    throw new StartError(`There is no store in the folder ${data}.`, {
      next: `name the data folder: ${flag} DIR; or its database: POSTERN_DATABASE_URL`,
    })
  })
}
