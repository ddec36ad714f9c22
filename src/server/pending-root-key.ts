import type {Buffer} from 'node:buffer'
import {rename, rm} from 'node:fs/promises'
import type {DataFolder} from './data-folder.ts'
import {rootKeyId} from './keyring/wrap.ts'
import {syncFolder} from './private-file.ts'
import {readRootKey, writeRootKey} from './root-key.ts'

/** A root key that is to take the place of `root.key`, from before the store is under it until after. */
const PENDING = 'root.key.next'

export const readPending = (folder: Pick<DataFolder, 'file'>): Promise<Buffer | null> =>
  readRootKey(folder.file(PENDING))

/** Puts a new root key on the disk, before anything is wrapped by it. */
export const writePending = (folder: DataFolder, key: Buffer): Promise<void> => writeRootKey(folder.file(PENDING), key)

/**
 * Makes the key files say what the store says: when it is under the pending key, that becomes `root.key` and the old one
 * is moved aside; when it is not, the pending one was never used, and goes. It may be interrupted at any moment and done
 * again. Gives the file that the old key was moved to; null: nothing was moved.
 */
export async function settleRootKey(folder: DataFolder, storeRootKeyId: string): Promise<string | null> {
  const pending = await readPending(folder)
  if (pending === null) return null
  if (rootKeyId(pending) !== storeRootKeyId) {
    await rm(folder.file(PENDING))
    return null
  }
  const aside = await copyAside(folder, storeRootKeyId)
  await rename(folder.file(PENDING), folder.file('root.key'))
  await syncFolder(folder.path)
  return aside
}

/** Moves `root.key` aside when the store is under a key that is kept elsewhere. Gives its new name; null: it stays. */
export async function retireRootKeyFile(folder: DataFolder, storeRootKeyId: string): Promise<string | null> {
  const aside = await copyAside(folder, storeRootKeyId)
  if (aside !== null) {
    await rm(folder.file('root.key'))
    await syncFolder(folder.path)
  }
  return aside
}

/** The old key opens the backups that were made under it, so it is kept under its id. */
async function copyAside(folder: DataFolder, storeRootKeyId: string): Promise<string | null> {
  const old = await readRootKey(folder.file('root.key'))
  if (old === null || rootKeyId(old) === storeRootKeyId) return null
  const path = folder.file(`root.key.${rootKeyId(old)}`)
  await writeRootKey(path, old)
  return path
}
