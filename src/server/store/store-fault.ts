/** What keeps a store from being used now: its file or mount, its disk, the room there, the way to it, or its load. */
export type StoreFault = 'read-only' | 'failing' | 'full' | 'unreachable' | 'overloaded'

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const sqlite: Record<number, StoreFault> = {8: 'read-only', 10: 'failing', 13: 'full'}

/** The texts of those codes: @photostructure/sqlite gives some errors without the code. */
const sqliteTexts: Record<string, StoreFault> = {
  'attempt to write a readonly database': 'read-only',
  'disk I/O error': 'failing',
  'database or disk is full': 'full',
}

/** SQLSTATE codes and classes (https://www.postgresql.org/docs/current/errcodes-appendix.html), and `LOST`. */
const postgres: Record<string, StoreFault> = {
  '08': 'unreachable',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  '25006': 'read-only',
  '53100': 'full',
  '53': 'overloaded',
  '55P03': 'overloaded',
  '57014': 'overloaded',
  '58': 'failing',
}

/** The code of an error of the driver's own: it was asked for a password, and has none. */
export const NO_PASSWORD = 'no password'

/** The code of an error of our own: a pooler in between gives each transaction another session. */
export const SHARED_SESSIONS = 'shared sessions'

/** The code of an error where no connection came free: what the database says when it has none. */
export const EXHAUSTED = '53300'

/** The code of an error that no database answered with: the connection to it was lost, or never there. */
export const LOST = '08006'

/** What keeps the store from being used, when an error says so; null: something else. */
export function storeFaultOf(error: unknown): StoreFault | null {
  const {errcode, code, message} = factsOf(error)
  if (code === 'ERR_SQLITE_ERROR' && errcode === undefined) return sqliteTexts[String(message)] ?? null
  if (typeof errcode === 'number') return sqlite[errcode & 0xff] ?? null
  if (typeof code !== 'string') return null
  return postgres[code] ?? postgres[code.slice(0, 2)] ?? null
}

/** Whether a statement failed because an earlier one of its transaction had. */
export const isEcho = (error: unknown): boolean => factsOf(error).code === '25P02'

/**
 * Whether a transaction that failed with this may succeed when it is begun anew: it gave way to another, or its
 * connection was of before a change of the schema. Nothing of it was done.
 */
export const mayTryAgain = (error: unknown): boolean =>
  ['40001', '40P01', '0A000'].includes(String(factsOf(error).code))

const factsOf = (error: unknown): {errcode?: unknown; code?: unknown; message?: unknown} =>
  error instanceof Error ? (error as object) : {}
