import type {ValueType} from '../../contract/value-type.ts'
import {table} from './table.ts'

interface Named {
  key: string
  scope: string
  version: number
  length: number | null
  updatedAt: string
  updatedBy: string
  locked?: boolean
  type?: ValueType | null | undefined
}

/** A column beside those that every list of names has. */
export interface Column<T> {
  heading: string
  of: (item: T) => string
}

/** Names of secrets or variables with what is true of them; never a value. */
export function nameTable<T extends Named>(
  items: readonly T[],
  terminal: boolean,
  more: readonly Column<T>[] = [],
): Promise<string> {
  const withLock = items.some((item) => item.locked !== undefined)
  // Most are texts, and then it would say nothing. Last, so that scripts find the others where they were.
  const withType = items.some(({type}) => type != null && type !== 'string')
  return table(
    [
      'scope',
      'key',
      'version',
      'bytes',
      ...(withLock ? ['lock'] : []),
      'updated',
      'by',
      ...more.map((c) => c.heading),
      ...(withType ? ['type'] : []),
    ],
    items.map((item) => [
      item.scope,
      item.key,
      item.length === null ? '-' : String(item.version),
      item.length === null ? 'missing' : String(item.length),
      ...(withLock ? [item.locked === true ? 'locked' : '-'] : []),
      item.updatedAt,
      item.updatedBy,
      ...more.map((column) => column.of(item)),
      ...(withType ? [item.type ?? '-'] : []),
    ]),
    terminal,
  )
}
