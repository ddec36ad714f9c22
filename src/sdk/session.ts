import {Buffer, isUtf8} from 'node:buffer'
import {PosternError} from '../client/error.ts'
import {type Filters, type ResolvedItem, resolve} from '../client/workload.ts'
import {nearest} from '../contract/nearest.ts'
import {connectionFrom} from './connection.ts'
import {type ConnectOptions, type MountOptions, SecretNotFoundError, type Secrets} from './index.ts'
import {maskedOf} from './mask/masked-values.ts'
import {createMasker} from './mask/masker.ts'
import {maskWith} from './mask/stream.ts'
import {type MountedFolder, mountFolder} from './mounted-folder.ts'
import {undoAtEnd} from './undo.ts'

/** Resolves the environment of a workload, and holds what it gave. @throws PosternError */
export async function openSession({only, scopes, ...options}: ConnectOptions): Promise<Secrets> {
  const connection = connectionFrom(options, process.env)
  const filters: Filters = {only, scopes}
  const first = await resolve(connection, filters)
  if (first === 'unchanged') throw new PosternError('failed', 'The server answered with nothing.')
  let {etag} = first
  let items = byKey(first.items)
  const undo = undoAtEnd()
  let folder: MountedFolder | null = null
  let closed = false

  /** The items of these keys. @throws SecretNotFoundError, naming all that are missing. */
  const itemsOf = (keys: readonly string[]): ResolvedItem[] => {
    if (closed) throw new PosternError('failed', 'This session has ended.')
    const missing = [...new Set(keys.filter((key) => !items.has(key)))]
    if (missing.length > 0) {
      const near = missing.flatMap((key) => nearest(key, items.keys()) ?? [])
      throw new SecretNotFoundError(missing, [...new Set(near)])
    }
    return keys.map((key) => items.get(key)!)
  }

  const expose = (name: string, text: string) => {
    const before = process.env[name]
    process.env[name] = text
    undo.add(() => {
      // What somebody else put there since is theirs.
      if (process.env[name] !== text) return
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }

  const mountFile = async ({sources, divider = '\n', mode, name}: MountOptions): Promise<string> => {
    const keys = typeof sources === 'string' ? [sources] : sources
    if (keys.length === 0) throw new PosternError('usage', 'A file is made of one key at least.')
    const parts = itemsOf(keys).map(({value}) => value.bytes())
    const between = Buffer.from(divider)
    const bytes = Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [between, part])))
    if (folder === null) {
      folder = mountFolder()
      undo.add(folder.remove)
    }
    return folder.write(name ?? keys[0]!, bytes, mode)
  }

  async function get(key: string): Promise<string>
  async function get(keys: readonly string[]): Promise<string[]>
  async function get(asked: string | readonly string[]): Promise<string | string[]> {
    return typeof asked === 'string' ? textOf(itemsOf([asked])[0]!) : itemsOf(asked).map(textOf)
  }

  const close = async () => {
    closed = true
    undo.run()
    for (const {value} of items.values()) value.wipe()
    items = new Map()
  }

  return {
    get,
    getBytes: async (key) => new Uint8Array(itemsOf([key])[0]!.value.bytes()),
    has: (key) => items.has(key),
    list: () => [...items.keys()].sort(),
    getMeta: (key) => {
      const item = items.get(key)
      if (item === undefined) return undefined
      const {scope, version, kind, type} = item
      return {scope, version, source: 'postern', kind, type}
    },
    refresh: async () => {
      const next = await resolve(connection, {...filters, etag})
      if (next === 'unchanged' || closed) return false
      etag = next.etag
      items = byKey(next.items)
      return true
    },
    expose: async (key, as = key) => expose(as, textOf(itemsOf([key])[0]!)),
    mountFile,
    exposeFile: async (variable, options) => {
      const path = await mountFile(options)
      expose(variable, path)
      return path
    },
    mask: (to) => {
      const stream = maskWith(createMasker([...items.values()].flatMap(maskedOf)))
      stream.pipe(to, {end: to !== process.stdout && to !== process.stderr})
      return stream
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const byKey = (items: readonly ResolvedItem[]) => new Map(items.map((item) => [item.key, item]))

function textOf({key, value}: ResolvedItem): string {
  const bytes = value.bytes()
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new PosternError(
    'value_refused',
    `The value of ${key} is not text in UTF-8: take its bytes with getBytes, or a file with mountFile.`,
  )
}
