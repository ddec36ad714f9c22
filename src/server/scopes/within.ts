import {type RawBuilder, type SqlBool, sql} from 'kysely'

/** The condition that a scope is `path` or lies below it, as one range of an index and a look at what is in it. */
export function within(column: string, path: string): RawBuilder<SqlBool> {
  const at = sql.ref(column)
  // "0" follows "/", so the range ends behind all that begins with the path and a slash; "path-2" lies in between.
  return sql<SqlBool>`(${at} >= ${path} and ${at} < ${`${path}0`} and (${at} = ${path} or ${at} >= ${`${path}/`}))`
}
