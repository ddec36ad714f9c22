import type {RawBuilder} from 'kysely'
import {type ColumnType, listed} from './words.ts'

/** For `in`: the numbers of a JSON array, given as one text, so that a statement is the same for any number of them. */
export const numbersOf = (json: string): RawBuilder<number> => listed(json, ['integer']) as RawBuilder<number>

/** The same of bytes, given in hex. */
export const bytesOf = (json: string): RawBuilder<Uint8Array> => listed(json, ['bytes']) as RawBuilder<Uint8Array>

/** The same of texts. */
export const textsOf = (json: string): RawBuilder<string> => listed(json, ['text']) as RawBuilder<string>

/** For `in` after a tuple of columns: the same, of a JSON array of arrays with a value of each type. */
export const tuplesOf = (
  json: string,
  types: readonly [ColumnType, ColumnType, ...ColumnType[]],
): RawBuilder<unknown> => listed(json, types)
