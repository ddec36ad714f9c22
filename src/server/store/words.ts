import {
  ExpressionWrapper,
  FunctionNode,
  type OperationNode,
  PostgresQueryCompiler,
  type RawBuilder,
  type SelectModifierNode,
  SqliteQueryCompiler,
  sql,
} from 'kysely'

/** What columns hold. */
export type ColumnType = 'integer' | 'text' | 'bytes'

/** How one engine says what the engines say differently: text before, between and behind the arguments. */
interface Words {
  /** The rows of a JSON array, or of a JSON array of arrays where there are several types. */
  listed: (types: readonly ColumnType[]) => [string, string]
  /** The time so many days of 24 hours after another. */
  daysLater: [string, string, string]
  /** Bytes in hex. */
  hex: [string, string]
  /** All rows as a JSON array of arrays; null for none. */
  packed: [string, string]
}

const sqliteWords: Words = {
  listed: (types) => {
    const column = (type: ColumnType, at: number) => {
      const element = types.length === 1 ? 'value' : `value ->> ${at}`
      return type === 'bytes' ? `unhex(${element})` : element
    }
    const columns = types.map(column).join(', ')
    return [`(select ${columns} from json_each(`, '))']
  },
  daysLater: ["strftime('%Y-%m-%dT%H:%M:%fZ', ", ', ', " || ' days')"],
  hex: ['hex(', ')'],
  packed: ['json_group_array(json_array(', '))'],
}

const postgresWords: Words = {
  listed: (types) => {
    const each = types.length === 1 ? 'jsonb_array_elements_text' : 'jsonb_array_elements'
    const column = (type: ColumnType, at: number) => {
      const element = types.length === 1 ? 'value' : `(value ->> ${at})`
      if (type === 'bytes') return `decode(${element}, 'hex')`
      return type === 'integer' ? `${element}::bigint` : element
    }
    return [`(select ${types.map(column).join(', ')} from ${each}(`, '::jsonb) as listed(value))']
  },
  daysLater: [
    'to_char(((',
    ")::timestamptz at time zone 'UTC') + (",
    `) * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  ],
  hex: ['encode(', ", 'hex')"],
  packed: ['json_agg(json_build_array(', '))::text'],
}

/** Statements hold these as functions; the compilers below write them out. No engine has functions of such names. */
const LISTED = 'listed '
const DAYS_LATER = 'days later'
const HEX = 'in hex'
const PACKED = 'packed rows'

/** The rows of a JSON array of values, or of arrays with a value of each type, as a list for `in`. Bytes are given in hex. */
export const listed = (json: string, types: readonly ColumnType[]): RawBuilder<unknown> =>
  call(LISTED + types.join(' '), [sql.val(json)])

/** The time so many days of 24 hours after another one; both UTC, ISO 8601. Null where either is. */
export const daysLater = (time: RawBuilder<unknown>, days: RawBuilder<unknown>): RawBuilder<string | null> =>
  call(DAYS_LATER, [time, days]) as RawBuilder<string | null>

/** Bytes in hex. */
export const hexOf = (bytes: RawBuilder<unknown>): RawBuilder<string | null> =>
  call(HEX, [bytes]) as RawBuilder<string | null>

/** All rows as the text of one JSON array, each an array of these; null for none. See packed.ts. */
export const packedRows = (columns: readonly RawBuilder<unknown>[]): RawBuilder<string | null> =>
  call(PACKED, columns) as RawBuilder<string | null>

const call = (name: string, parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  sql`${new ExpressionWrapper(
    FunctionNode.create(
      name,
      parts.map((part) => part.toOperationNode()),
    ),
  )}`

/** The pieces of text between which the arguments of a function stand, when it is one of ours. */
function piecesOf(words: Words, name: string, parts: number): readonly string[] | null {
  if (name === DAYS_LATER) return words.daysLater
  if (name === HEX) return words.hex
  if (name === PACKED) return [words.packed[0], ...Array(parts - 1).fill(', '), words.packed[1]]
  return name.startsWith(LISTED) ? words.listed(name.slice(LISTED.length).split(' ') as ColumnType[]) : null
}

/** Writes a function of ours. @returns whether it was one. */
function write(
  words: Words,
  {func, arguments: parts}: FunctionNode,
  append: (text: string) => void,
  visit: (node: OperationNode) => void,
): boolean {
  const pieces = piecesOf(words, func, parts.length)
  if (pieces === null) return false
  for (const [at, part] of parts.entries()) {
    append(pieces[at]!)
    visit(part)
  }
  append(pieces.at(-1)!)
  return true
}

/** What says which rows a transaction locks. */
const LOCKS = ['ForUpdate', 'ForNoKeyUpdate', 'ForShare', 'SkipLocked']

export class SqliteCompiler extends SqliteQueryCompiler {
  protected override visitFunction(node: FunctionNode): void {
    if (
      !write(
        sqliteWords,
        node,
        (text) => this.append(text),
        (part) => this.visitNode(part),
      )
    )
      super.visitFunction(node)
  }

  /** A transaction that writes has the whole database to itself, so to lock rows says nothing more. */
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (!LOCKS.includes(node.modifier ?? '')) super.visitSelectModifier(node)
  }
}

export class PostgresCompiler extends PostgresQueryCompiler {
  protected override visitFunction(node: FunctionNode): void {
    if (
      !write(
        postgresWords,
        node,
        (text) => this.append(text),
        (part) => this.visitNode(part),
      )
    )
      super.visitFunction(node)
  }
}
