import {access} from 'node:fs/promises'
import type {DataFolder} from '../data-folder.ts'
import {readIfThere} from '../private-file.ts'
import {StartError} from '../start-error.ts'

/** Where a store is put together, inside the data folder, before it takes its place. */
export const PART = 'restore.part'

/** What becomes of the store's file when the store has moved to a database. */
export const MOVED = 'postern.db.moved'

/** Names the database while a store's move there is committed: the database has all of it from then on, or nothing. */
export const MOVING = 'postern.db.moving'

/**
 * @throws StartError when a move of the store to a database was interrupted, or the folder has no store because a restore was interrupted, or because the store has moved: a new
 * one must not take its place unasked.
 */
export async function refuseAbsent(folder: DataFolder): Promise<void> {
  const moving = await readIfThere(folder.file(MOVING))
  if (moving !== null)
    throw new StartError(
      `The move of the store of ${folder.path} to the database ${moving.trim()} was interrupted, and may have been done.`,
      {
        next: `run postern server migrate-store again: it finishes; or, if that is empty, remove ${folder.file(MOVING)}`,
      },
    )
  if (await isThere(folder.file('postern.db'))) return
  if (await isThere(folder.file(PART)))
    throw new StartError(`A restore into ${folder.path} was interrupted, and there is no store yet.`, {
      next: `run postern server restore again; or remove ${folder.file(PART)} to begin with a new store`,
    })
  if (await isThere(folder.file(MOVED)))
    throw new StartError(`The store of ${folder.path} has moved to a database.`, {
      next: 'name that: POSTERN_DATABASE_URL, or --database-url; its audit log says when it moved, and where to',
    })
}

/** Whether a file or folder is there. */
export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
