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

/** Names of secrets or variables with what is true of them; never a value. */
export function nameTable(items: readonly Named[], terminal: boolean): Promise<string> {
  const withLock = items.some((item) => item.locked !== undefined)
  return table(
    ['scope', 'key', 'version', 'bytes', ...(withLock ? ['lock'] : []), 'updated', 'by'],
    items.map((item) => [
      item.scope,
      item.key,
      item.length === null ? '-' : String(item.version),
      item.length === null ? 'missing' : String(item.length),
      ...(withLock ? [item.locked === true ? 'locked' : '-'] : []),
      item.updatedAt,
      item.updatedBy,
    ]),
    terminal,
  )
}
