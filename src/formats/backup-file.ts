import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'

/*
 * What is inside a backup: lines of JSON, each ended by LF. A header; for each table a line that names its columns, then its
 * rows; a trailer. The format: docs/formats/backup.md.
 */

/** The first line of a backup. */
export interface BackupHeader {
  /** Of the program that made it. */
  program: string
  engine: string
  /** The newest step of the schema that its rows are in. */
  schema: string
  /** The root key that its keys are under. */
  rootKeyId: string
  /** As of when it is; UTC, ISO 8601. */
  time: string
  /** The root key itself, base64url, where it was asked for. */
  rootKey?: string
}

/** What a table's rows are. */
export interface Section {
  table: string
  columns: readonly string[]
  /** Which of the columns hold bytes, as base64. */
  bytes: readonly string[]
  /** The last id that was given out; null: its rows are not numbered. */
  lastId: number | null
}

/** What a column may hold. */
export type Cell = string | number | Uint8Array | null

/** How many rows each table has. */
export type RowCounts = Readonly<Record<string, number>>

export type BackupItem = {is: 'header'; header: BackupHeader} | BackupRest

/** What comes after the header. */
export type BackupRest = {is: 'section'; section: Section} | {is: 'row'; cells: Cell[]} | {is: 'end'; rows: RowCounts}

const FORMAT = 1

/**
 * Why a backup is not taken. `form`: a line is not what may stand there; `cut`: it ends too early; `digest`: it is not what
 * was written; `format`: a newer program wrote it.
 */
export class BackupDamage extends Error {
  override readonly name = 'BackupDamage'
  readonly kind: 'form' | 'cut' | 'digest' | 'format'

  constructor(kind: BackupDamage['kind']) {
    super(`not a whole backup (${kind})`)
    this.kind = kind
  }
}

/** The lines of a backup, made one after the other: the header, and what `readBackup` would read of the rest. */
export function backupLines() {
  const hash = createHash('sha256')
  let binary: boolean[] = []
  const line = (value: unknown): string => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
  return {
    header: ({program, engine, schema, rootKeyId, time, rootKey}: BackupHeader): string =>
      line({postern: 'backup', format: FORMAT, program, engine, schema, rootKeyId, time, rootKey}),
    item: (item: BackupRest): string => {
      if (item.is === 'row')
        return line(item.cells.map((cell, at) => (binary[at] && cell !== null ? base64(cell as Uint8Array) : cell)))
      if (item.is === 'end') return `${JSON.stringify({rows: item.rows, sha256: hash.digest('hex')})}\n`
      const {table, columns, bytes, lastId} = item.section
      binary = columns.map((column) => bytes.includes(column))
      return line({table, columns, bytes, lastId})
    },
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** No line comes near this, in bytes: a value of the most that one may have takes a third of it. */
const LONGEST_LINE = 4 * 1024 * 1024

const LF = 0x0a

/**
 * Reads a backup from its bytes, in pieces of any size, item by item; nothing but the line at hand is held.
 * @throws BackupDamage at the first line that is not right, and after the last when it is not the backup's end.
 */
export async function* readBackup(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<BackupItem> {
  const hash = createHash('sha256')
  const rows: Record<string, number> = {}
  let state: 'header' | 'rows' | 'end' = 'header'
  let section: Section | null = null
  let binary: boolean[] = []
  for await (const line of linesIn(bytes)) {
    const value = parsed(line)
    if (state === 'end') throw new BackupDamage('form')
    if (state === 'header') {
      yield {is: 'header', header: headerOf(value)}
      state = 'rows'
    } else if (Array.isArray(value)) {
      if (section === null || value.length !== section.columns.length) throw new BackupDamage('form')
      yield {is: 'row', cells: value.map((cell, index) => cellOf(cell, binary[index]!))}
      rows[section.table]! += 1
    } else if ('table' in value) {
      section = sectionOf(value)
      if (Object.hasOwn(rows, section.table)) throw new BackupDamage('form')
      const {columns, bytes: those} = section
      binary = columns.map((column) => those.includes(column))
      rows[section.table] = 0
      yield {is: 'section', section}
    } else {
      if (!('sha256' in value)) throw new BackupDamage('form')
      if (value.sha256 !== hash.digest('hex') || JSON.stringify(value.rows) !== JSON.stringify(rows))
        throw new BackupDamage('digest')
      state = 'end'
    }
    if (state !== 'end') hash.update(line)
  }
  if (state !== 'end') throw new BackupDamage('cut')
  yield {is: 'end', rows}
}

/** Lines with their LF. What follows the last LF is a line that was cut. */
async function* linesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, from)) {
      const end = piece.subarray(from, at + 1)
      yield begun.length === 0 ? end : Buffer.concat([...begun, end])
      begun = []
      length = 0
      from = at + 1
    }
    if (from === piece.length) continue
    begun.push(piece.subarray(from))
    length += piece.length - from
    if (length > LONGEST_LINE) throw new BackupDamage('form')
  }
  if (length > 0) throw new BackupDamage('cut')
}

function parsed(line: Buffer): Record<string, unknown> | unknown[] {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown> | unknown[]
  } catch {
    // Said below, without the text.
  }
  throw new BackupDamage('form')
}

function headerOf(value: Record<string, unknown> | unknown[]): BackupHeader {
  if (Array.isArray(value) || value.postern !== 'backup') throw new BackupDamage('form')
  if (value.format !== FORMAT) throw new BackupDamage('format')
  const {program, engine, schema, rootKeyId, time, rootKey} = value
  const strings = [program, engine, schema, rootKeyId, time, rootKey ?? '']
  if (!strings.every((one) => typeof one === 'string')) throw new BackupDamage('form')
  const header = {program, engine, schema, rootKeyId, time} as BackupHeader
  return rootKey === undefined ? header : {...header, rootKey: String(rootKey)}
}

function sectionOf(value: Record<string, unknown>): Section {
  const {table, columns, bytes, lastId} = value
  const texts = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((one) => typeof one === 'string' && /^[a-z_]+$/.test(one))
  const numbered = lastId === null || Number.isSafeInteger(lastId)
  if (!texts([table]) || !texts(columns) || !texts(bytes) || !numbered) throw new BackupDamage('form')
  return {table: String(table), columns, bytes, lastId: lastId as number | null}
}

function cellOf(cell: unknown, isBytes: boolean): Cell {
  if (cell === null) return null
  if (isBytes && typeof cell === 'string') {
    const bytes = Buffer.from(cell, 'base64')
    if (bytes.toString('base64') === cell) return bytes
  } else if (!isBytes && (typeof cell === 'string' || Number.isSafeInteger(cell))) return cell as string | number
  throw new BackupDamage('form')
}
