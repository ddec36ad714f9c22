import {type RawBuilder, sql} from 'kysely'
import type {ColumnType} from './words.ts'
import {hexOf, packedRows} from './words.ts'

/**
 * What a statement selects to give all its rows in one text, for `unpack`: for some hundred rows, a driver that makes each
 * value of each row by itself takes several times as long as the database takes to find them. Rows are in no order.
 */
export const packed = <C extends Readonly<Record<string, ColumnType>>>(columns: C): RawBuilder<string | null> =>
  packedRows(Object.entries(columns).map(([name, type]) => (type === 'bytes' ? hexOf(sql.ref(name)) : sql.ref(name))))

/** The rows that were selected by `packed`, as arrays in the order of its columns; bytes in hex. */
export const unpack = <R extends readonly unknown[]>(text: string | null | undefined): R[] => JSON.parse(text ?? '[]')
