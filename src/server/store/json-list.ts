import {type RawBuilder, sql} from 'kysely'

/** For `in`: the values of a JSON array, given as one text, so that a statement is the same for any number of them. */
export const valuesOf = <T>(json: string): RawBuilder<T> => sql<T>`(select value from json_each(${json}))`

/** For `in` after a tuple of columns: the same, of a JSON array of arrays with `width` values each. */
export function tuplesOf(json: string, width: number): RawBuilder<unknown> {
  const parts = Array.from({length: width}, (_, index) => sql`value ->> ${sql.lit(index)}`)
  return sql`(select ${sql.join(parts)} from json_each(${json}))`
}
