import {MAX_REFERENCE_DEPTH, MAX_RESOLVED_BYTES, MAX_VALUE_BYTES} from '../../contract/limits.ts'
import {parseTemplate} from '../../contract/reference.ts'
import type {ValueType} from '../../contract/value-type.ts'
import type {Disclose} from '../gate/types.ts'
import type {Entry, Kind} from './load.ts'
import {loadSealed} from './load-sealed.ts'
import {type Edge, type Graph, type Node, pathText} from './references.ts'
import {codeOf} from './totp.ts'
import {fieldsOf} from './wrong-as.ts'

/** A value as a reader gets it, and what its bytes are then. */
export interface Opened {
  bytes: Buffer
  type: Exclude<ValueType, 'reference'>
}

/** A value cannot be given: the way to what is wrong, and what that is. */
export class Unresolvable extends Error {}

type Source = Pick<Entry, 'id' | 'scope' | 'key' | 'version'> & {kind: Kind}

/**
 * Opens values as readers get them: of a totp the code of the moment, of a reference the text with what it names.
 * `mayRead`: what may be read, wherever a reference leads. @throws Unresolvable; as the keyring, for what does not open.
 */
export async function openForReaders(
  handle: Disclose,
  given: readonly Source[],
  {graph, mayRead}: {graph: Graph; mayRead: (named: {scope: string; key: string}) => boolean},
): Promise<Opened[]> {
  const secrets = graph.nodes.map((node): Source => ({kind: 'secret', ...node}))
  const stored = await loadSealed(handle.db, [...given, ...secrets])
  const raw = (source: Source): {bytes: Buffer; type: ValueType} => {
    const {kind, scope, key, version} = source
    const {sealed, type} = stored(source)!
    return {bytes: handle.open({org: handle.org, kind, scope, key, version, type}, sealed), type}
  }

  // Each once, however often it is named: else a few values could stand for more text than there is room for.
  const opened = new Map<number, Opened>()
  const read = (source: Source, path: readonly Source[]): Opened => {
    const known = opened.get(source.id) ?? readAnew(source, path)
    opened.set(source.id, known)
    return known
  }
  const readAnew = (source: Source, path: readonly Source[]): Opened => {
    const {bytes, type} = raw(source)
    if (type === 'totp') return {bytes: Buffer.from(codeIn(bytes, source, path)), type}
    if (type !== 'reference') return {bytes, type}
    const edges = [...graph.edgesOf(source)]
    const {parts = []} = parseTemplate(bytes.toString('utf8'))
    let length = 0
    const texts = parts.map((part) => {
      const text = typeof part === 'string' ? part : textOf(edges.shift(), [...path, source])
      length += Buffer.byteLength(text)
      if (length <= MAX_VALUE_BYTES) return text
      throw new Unresolvable(
        `${pathText(path, `${source.scope}/${source.key}`)}: filled, it has more than ${MAX_VALUE_BYTES} bytes.`,
      )
    })
    return {bytes: Buffer.from(texts.join('')), type: 'string'}
  }

  /** What stands in the place of a reference. */
  const textOf = (edge: Edge | undefined, path: readonly Source[]): string => {
    const named = edge?.named ?? '?'
    const fail = (why: string) => new Unresolvable(`${pathText(path, named)}: ${why}.`)
    const to: Node | null = edge?.to ?? null
    if (to === null || !mayRead(to)) throw fail('it is not there, has no value, or is not for this reader')
    if (path.some(({id}) => id === to.id)) throw fail('the references go round')
    if (path.length > MAX_REFERENCE_DEPTH)
      throw fail(`more than ${MAX_REFERENCE_DEPTH} references stand behind each other`)
    const {bytes, type} = read({kind: 'secret', ...to}, path)
    const text = bytes.toString('utf8')
    if (!Buffer.from(text).equals(bytes)) throw fail('it is not text in UTF-8')
    const field = edge!.field
    if (field === null || (type === 'totp' && field === 'code')) return text
    const value = type === 'fields' ? fieldsOf(text) : null
    if (value === null || !Object.hasOwn(value, field)) throw fail(`it has no field ${field}`)
    return value[field]!
  }

  const codeIn = (bytes: Buffer, source: Source, path: readonly Source[]): string => {
    const found = codeOf(bytes.toString('utf8'), new Date(handle.now))
    bytes.fill(0)
    if (found === null) throw new Unresolvable(`${pathText([...path, source], '')}: it gives no code.`)
    return found.code
  }

  let length = 0
  return given.map((source) => {
    const one = read(source, [])
    length += one.bytes.length
    if (length <= MAX_RESOLVED_BYTES) return one
    throw new Unresolvable(
      `With what references stand for, it has more than ${MAX_RESOLVED_BYTES} bytes by ${source.scope}/${source.key}. Ask for less at once.`,
    )
  })
}
