import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {BackupHeader} from '../../formats/backup-file.ts'
import {openStoreWith} from '../open.ts'
import {openStore} from '../store/store.ts'
import {beginBackup} from './fill.ts'
import {rootKeyFor} from './root-key-for.ts'
import {type Verified, verifyStore} from './verify.ts'

interface Asked {
  /** The data folder, absolute: its root key is used if it is the backup's. */
  data: string
  rootKeyFile: string | undefined
  version: string
  /** The backup, decrypted. */
  bytes: AsyncIterable<Uint8Array>
}

export interface Checked extends Verified {
  header: Omit<BackupHeader, 'rootKey'>
  /** Whether the root key is in the backup. */
  hasRootKey: boolean
  rows: number
}

/**
 * Verifies a backup as a restore does, in a folder of its own that goes away. Without the root key, what that opens and
 * signs is not looked at. @throws StartError when it is no whole backup.
 */
export async function checkBackup({data, rootKeyFile, version, bytes}: Asked): Promise<Checked> {
  process.umask(0o077)
  const scratch = await mkdtemp(join(tmpdir(), 'postern-check-'))
  try {
    const {header, into} = await beginBackup(bytes)
    const found = await rootKeyFor(header, data, rootKeyFile)
    const folder = join(scratch, 'store')
    const rows = await into(folder)
    const verified = await (found === null ? verifyWithout(folder) : verifyWith(folder, found.key, version))
    const {rootKey, ...shown} = header
    return {header: shown, hasRootKey: rootKey !== undefined, rows, ...verified}
  } finally {
    await rm(scratch, {recursive: true, force: true})
  }
}

async function verifyWith(folder: string, rootKey: Uint8Array, version: string): Promise<Verified> {
  const services = await openStoreWith(folder, {rootKey, version, dashboardUrl: () => ''})
  try {
    return await services.verify()
  } finally {
    await services.close()
  }
}

async function verifyWithout(folder: string): Promise<Verified> {
  const store = await openStore(folder)
  try {
    return await verifyStore(store.reader, null)
  } finally {
    await store.close()
  }
}
