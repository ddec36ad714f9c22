import {Buffer} from 'node:buffer'
import {join} from 'node:path'
import type {BackupHeader} from '../../formats/backup-file.ts'
import {rootKeyId} from '../keyring/wrap.ts'
import type {Places} from '../open.ts'
import {missing, readRootKey} from '../root-key.ts'
import {StartError} from '../start-error.ts'

export interface Found {
  key: Buffer
  /** Where it is; null: in the backup alone. */
  file: string | null
}

/**
 * The root key that opens what is in a backup: from `file`, else from `root.key` in the data folder, else from the backup
 * itself. Null: none of them has it. @throws StartError that names the ids when the one that was named is another one.
 */
export async function rootKeyFor(header: BackupHeader, data: string, file: string | undefined): Promise<Found | null> {
  const path = file ?? join(data, 'root.key')
  const there = await readRootKey(path)
  if (there !== null && rootKeyId(there) === header.rootKeyId) return {key: there, file: path}
  if (file !== undefined) {
    if (there === null) throw missing(file)
    throw new StartError(
      `The backup needs the root key with id ${header.rootKeyId}, and the one given has id ${rootKeyId(there)}.`,
      {next: 'give the right one with --root-key-file; nothing was changed'},
    )
  }
  const inside = header.rootKey === undefined ? null : Buffer.from(header.rootKey, 'base64url')
  return inside !== null && rootKeyId(inside) === header.rootKeyId ? {key: inside, file: null} : null
}

export const rootKeyNeeded = ({rootKeyId: id}: BackupHeader): StartError =>
  new StartError(`The backup needs the root key with id ${id}, which is not in it.`, {
    next: 'give its file with --root-key-file; nothing was changed',
  })

/** The root key of this id. While it is being replaced, the one that the store is under may be the next. @throws StartError. */
export async function rootKeyOf(id: string, {data, rootKeyFile: file}: Places): Promise<Buffer> {
  const paths = file === undefined ? [join(data, 'root.key'), join(data, 'root.key.next')] : [file]
  for (const path of paths) {
    const key = await readRootKey(path)
    if (key !== null && rootKeyId(key) === id) return key
  }
  throw new StartError(`The store needs the root key with id ${id}, and ${paths[0]} does not hold it.`, {
    next: 'name its file: --root-key-file FILE',
  })
}
