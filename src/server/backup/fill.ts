import {mkdir, rm} from 'node:fs/promises'
import {BackupDamage, type BackupHeader, type BackupItem, readBackup} from '../../formats/backup-file.ts'
import {StartError} from '../start-error.ts'
import {openStoreAt} from '../store/at-step.ts'
import {isStep} from '../store/migrations/index.ts'
import {load} from './load.ts'
import {total} from './text.ts'

/** What a backup says of itself before its rows come. */
export interface Begun {
  header: BackupHeader
  /** Makes a store of the rest, in a folder that is not there yet. Gives how many rows it has. */
  into: (folder: string) => Promise<number>
}

/** Reads the beginning of a backup. @throws StartError when it is none, is damaged, or of a newer program. */
export async function beginBackup(bytes: AsyncIterable<Uint8Array>): Promise<Begun> {
  const items = readBackup(bytes)
  const first = await items.next().catch(refuse)
  if (first.done === true || first.value.is !== 'header') throw damaged('form')
  const {header} = first.value
  if (!isStep(header.schema)) throw newer(header)
  return {header, into: (folder) => fill(folder, header, items)}
}

async function fill(folder: string, {schema}: BackupHeader, items: AsyncGenerator<BackupItem>): Promise<number> {
  await rm(folder, {recursive: true, force: true})
  await mkdir(folder, {mode: 0o700})
  const db = await openStoreAt(folder, schema)
  try {
    return total(await db.transaction().execute((trx) => load(trx, 'sqlite', items).catch(refuse)))
  } finally {
    await db.destroy()
  }
}

function refuse(error: unknown): never {
  if (error instanceof BackupDamage) throw error.kind === 'format' ? tooNew() : damaged(error.kind)
  // A row that its table does not take: no server wrote it.
  if (error instanceof Error && /constraint|append-only|sealed segments|no such column/i.test(error.message))
    throw damaged('form')
  throw error
}

const damaged = (kind: BackupDamage['kind']) =>
  new StartError(
    kind === 'cut'
      ? 'The backup ends too early: it was cut.'
      : `The backup is damaged: it is not what was written (${kind}).`,
    {next: 'take another copy of it, or another backup; nothing was changed'},
  )

const tooNew = () =>
  new StartError('The backup was made by a newer Postern.', {next: 'restore it with that version, or a newer one'})

const newer = ({schema, program}: BackupHeader) =>
  new StartError(`The backup was made by a newer Postern (${program}; its schema has step ${schema}).`, {
    next: 'restore it with that version, or a newer one; nothing was changed',
  })
