import type {Buffer} from 'node:buffer'
import {join} from 'node:path'
import {withFiles} from '../database.ts'
import {neededAt, type Places} from '../open.ts'
import {missing, readRootKey, writeRootKey} from '../root-key.ts'
import {StartError} from '../start-error.ts'
import {isThere} from './absent.ts'
import {rootKeyOf} from './root-key-for.ts'

/** The id of the root key that a store is under, whoever serves it; null: there is no store. @throws StartError. */
export const storeRootKeyId = async ({data, database}: Pick<Places, 'data' | 'database'>): Promise<string | null> =>
  neededAt(database === null ? data : await withFiles(database))

/** The root key to make a recovery kit of: that of the store, or, where there is none, of the file. @throws StartError. */
export async function rootKeyForKit(places: Places): Promise<Buffer> {
  const id = await storeRootKeyId(places)
  if (id !== null) return rootKeyOf(id, places)
  const path = places.rootKeyFile ?? join(places.data, 'root.key')
  const key = await readRootKey(path)
  if (key === null) throw places.rootKeyFile === undefined ? nothing(places.data) : missing(path)
  return key
}

/** Writes a root key that was put together into a new file, 0600. @throws StartError when one is there. */
export async function writeRecoveredKey(path: string, key: Buffer): Promise<void> {
  if (await isThere(path))
    throw new StartError('The file that --restore names is there already.', {
      next: 'name another one: a root key that is replaced may be the only copy',
    })
  await writeRootKey(path, key)
}

const nothing = (data: string) =>
  new StartError(`There is no root key in the folder ${data}.`, {
    next: 'name the data folder, --data DIR, or the key’s file, --root-key-file FILE',
  })
