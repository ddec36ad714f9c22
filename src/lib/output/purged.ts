import type {Purged} from '../../contract/routes/shared.ts'
import {table} from './table.ts'

type Items = Purged['items']

/** What a purge ends: a name with all its versions, or the superseded ones of a name that stays. */
export function purgedTable(items: Items, terminal: boolean): Promise<string> {
  return table(
    ['scope', 'key', 'versions', 'deleted'],
    items.map(({scope, key, versions, deletedAt}) => [scope, key, String(versions), deletedAt ?? 'superseded only']),
    terminal,
  )
}

/** The same in a few words. */
export function purgedCount(noun: string, items: Items): string {
  const of = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
  const sum = (some: Items) => some.reduce((total, {versions}) => total + versions, 0)
  const gone = items.filter((item) => item.deletedAt !== null)
  const kept = items.filter((item) => item.deletedAt === null)
  const deleted = `${of(gone.length, `deleted ${noun}`)} with ${of(sum(gone), 'version')}`
  const superseded = `${of(sum(kept), 'superseded version')} of ${of(kept.length, `live ${noun}`)}`
  if (kept.length === 0) return deleted
  return gone.length === 0 ? superseded : `${deleted}, and ${superseded}`
}

/** What is said when the bytes of what went for good are still in the server's files. */
export const STILL_THERE =
  'Its bytes are not erased yet. The embedded store erases them once nothing else reads its files; PostgreSQL writes over them in its own time.'
