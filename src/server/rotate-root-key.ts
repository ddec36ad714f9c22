import type {Buffer} from 'node:buffer'
import {openDataFolder} from './data-folder.ts'
import type {DatabaseAsked} from './database.ts'
import {rootKeyId} from './keyring/wrap.ts'
import {rotateRoot} from './keys/rotate-root.ts'
import {mustHaveStore, neededAt, openStoreWith, placeOf} from './open.ts'
import {readPending, retireRootKeyFile, settleRootKey, writePending} from './pending-root-key.ts'
import {missing, newRootKey, readRootKey, rootKey, rootKeyWarnings} from './root-key.ts'
import type {Services} from './services.ts'
import {StartError} from './start-error.ts'

interface Asked {
  /** The data folder, absolute. */
  data: string
  /** Where the store is; null: in the folder. */
  database: DatabaseAsked | null
  /** Where the root key is; undefined: `root.key` in the folder. */
  rootKeyFile: string | undefined
  /** Where the new one is; undefined: it is made, and takes the place of `root.key`. */
  newRootKeyFile: string | undefined
  version: string
}

export interface RootRotated {
  /** The ids of the root keys. */
  from: string
  to: string
  /** Where the server finds the new one from now on. */
  file: string
  /** Where the old one is now; null: where it was. */
  oldFile: string | null
  /** What is worth a look, though it is done. */
  warnings: string[]
}

/**
 * Puts the keys of a stopped server's store under another root key. Interrupted at any moment, it leaves a store that
 * opens: the new key is on the disk before it wraps anything, all keys are wrapped in one transaction, and what the files
 * still lack is done by the next start, or by asking again.
 * @throws StartError when a server runs on the folder, or a root key is missing or the wrong one; nothing is changed then.
 */
export async function rotateRootKey({
  data,
  database,
  rootKeyFile,
  newRootKeyFile,
  version,
}: Asked): Promise<RootRotated> {
  await mustHaveStore({data, database}, '--folder')
  const folder = await openDataFolder(data)
  try {
    const place = await placeOf(folder, database)
    const pending = rootKeyFile === undefined ? await readPending(folder) : null
    const given = newRootKeyFile === undefined ? null : await readRootKey(newRootKeyFile)
    if (newRootKeyFile !== undefined && given === null) throw missing(newRootKeyFile)
    const others = [pending, given].filter((key) => key !== null)
    const known = await rootKey(folder, rootKeyFile, await neededAt(place), others)
    if (given?.equals(known)) throw new StartError('The new root key is the old one.', {next: 'make another one'})
    const dashboardUrl = () => ''
    const services = await openStoreWith(place, {rootKey: known, otherRootKeys: others, version, dashboardUrl})
    try {
      const current = [known, ...others].find((key) => rootKeyId(key) === services.rootKeyId)!
      const finished = pending === null ? null : await settleRootKey(folder, services.rootKeyId)
      if (given !== null && newRootKeyFile !== undefined) {
        if (current !== given) await rewrap(services, current, given)
        const oldFile = rootKeyFile === undefined ? await retireRootKeyFile(folder, rootKeyId(given)) : null
        const done = rotated(current === given ? known : current, given, newRootKeyFile, oldFile)
        return {...done, warnings: await rootKeyWarnings(newRootKeyFile)}
      }
      const file = folder.file('root.key')
      if (finished !== null) return rotated(known, current, file, finished)
      const made = newRootKey()
      await writePending(folder, made)
      await rewrap(services, current, made)
      return rotated(current, made, file, await settleRootKey(folder, rootKeyId(made)))
    } finally {
      await services.close()
    }
  } finally {
    folder.release()
  }
}

const rewrap = ({asServer}: Services, from: Buffer, to: Buffer) =>
  asServer({
    operation: 'server.rotate-root',
    act: rotateRoot(from, to),
    input: null,
    target: {kind: 'root-key', name: rootKeyId(to)},
  })

const rotated = (from: Buffer, to: Buffer, file: string, oldFile: string | null): RootRotated => ({
  from: rootKeyId(from),
  to: rootKeyId(to),
  file,
  oldFile,
  warnings: [],
})
