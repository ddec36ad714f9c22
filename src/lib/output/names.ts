import {table} from './table.ts'

interface Named {
  key: string
  scope: string
  version: number
  length: number | null
  updatedAt: string
  updatedBy: string
  locked?: boolean
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
  return table(
    ['scope', 'key', 'version', 'bytes', ...(withLock ? ['lock'] : []), 'updated', 'by', ...more.map((c) => c.heading)],
    items.map((item) => [
      item.scope,
      item.key,
      item.length === null ? '-' : String(item.version),
      item.length === null ? 'missing' : String(item.length),
      ...(withLock ? [item.locked === true ? 'locked' : '-'] : []),
      item.updatedAt,
      item.updatedBy,
      ...more.map((column) => column.of(item)),
    ]),
    terminal,
  )
}
