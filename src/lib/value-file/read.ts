import {Buffer, isUtf8} from 'node:buffer'
import {createReadStream} from 'node:fs'
import {extname} from 'node:path'
import type {Readable} from 'node:stream'
import {PosternError} from '../../client/error.ts'
import {MAX_BULK_ITEMS, MAX_VALUE_BYTES} from '../../contract/limits.ts'
import {SecretValue} from '../../formats/secret-value.ts'
import type {World} from '../command/world.ts'
import {parseDotenv} from './dotenv.ts'
import {type FileEntry, type ParsedFile, type WrongLine, wrongKeys} from './entry.ts'

export const formats = ['dotenv', 'json', 'yaml'] as const
export type FileFormat = (typeof formats)[number]

/** A key of a file, and its value. */
export interface FileValue {
  key: string
  value: SecretValue
}

interface Asked {
  file: string
  format?: FileFormat | undefined
  'allow-empty': boolean
}

/** In bytes: what one call for many takes, in JSON. */
const MAX_FILE_BYTES = 24 * 1024 * 1024

/**
 * The values of a file, `-` for stdin, in its order. `warn` is told what is worth a word.
 * @throws PosternError `usage`, `value_refused`: every line that cannot be taken is named by its number, and nothing is repeated.
 */
export async function readValueFile(
  asked: Asked,
  {stdin, stdinIsTerminal}: Pick<World, 'stdin' | 'stdinIsTerminal'>,
  warn: (text: string) => void,
): Promise<FileValue[]> {
  if (asked.file === '-' && stdinIsTerminal)
    throw new PosternError('usage', '--file - reads stdin, which is a terminal: values typed there would show.', {
      next: 'Pipe a file in, or name it: --file PATH',
    })
  const text = decoded(await collect(asked.file === '-' ? stdin : createReadStream(asked.file)), warn)
  const {entries, wrong, notes} = await parse(text, asked.format ?? formatOf(asked.file, text))
  if (isEncrypted(entries, text)) throw encrypted()
  const all = [...wrong, ...wrongKeys(entries), ...wrongValues(entries, asked['allow-empty'])]
  if (all.length > 0) throw refused(all)
  if (entries.length === 0) throw new PosternError('usage', 'The file of --file has no keys; nothing was done.')
  if (entries.length > MAX_BULK_ITEMS)
    throw new PosternError('usage', `The file of --file has ${entries.length} keys; ${MAX_BULK_ITEMS} go at once.`)
  for (const note of notes) warn(note)
  return entries.map(({key, text: value}) => ({key, value: new SecretValue(Buffer.from(value, 'utf8'))}))
}

async function parse(text: string, format: FileFormat): Promise<ParsedFile> {
  if (format === 'dotenv') return parseDotenv(text)
  // JSON is YAML, and that parser knows lines and sees a key that is there twice.
  const {parseYaml} = await import('./yaml.ts')
  return parseYaml(text)
}

/** By its name; of stdin, and of other names, by what stands on its first line. */
export function formatOf(file: string, text: string): FileFormat {
  const [, known] = /\.(json|yaml|yml)$/.exec(file.toLowerCase()) ?? []
  if (known !== undefined) return known === 'json' ? 'json' : 'yaml'
  if (extname(file) === '.env' || /(^|\/)\.env[^/]*$/.test(file)) return 'dotenv'
  if (/^\s*\{/.test(text)) return 'json'
  const first = text.split('\n').find((line) => !/^\s*(#|$)/.test(line)) ?? ''
  return /^\s*(?:-{3}\s*$|["']?[\w.-]+["']?\s*:(?:\s|$))/.test(first) ? 'yaml' : 'dotenv'
}

function decoded(bytes: Buffer, warn: (text: string) => void): string {
  if (!isUtf8(bytes))
    throw new PosternError('value_refused', 'The file of --file is not valid UTF-8; nothing was done.', {
      next: 'Convert it, as with: iconv -f UTF-16 -t UTF-8',
    })
  const text = bytes.toString('utf8').replace(/\r\n?/g, '\n')
  bytes.fill(0)
  if (!text.startsWith('\ufeff')) return text
  warn('The file begins with a byte order mark, which is dropped.')
  return text.slice(1)
}

/** What sops wrote and did not decrypt: its own keys are in the file. */
const isEncrypted = (entries: readonly FileEntry[], text: string): boolean =>
  entries.some(({key}) => key === 'sops_mac' || key === 'sops_version') ||
  (/^\s*"?sops"?\s*:/m.test(text) && text.includes('ENC[AES256_GCM,'))

const encrypted = () =>
  new PosternError('usage', 'The file of --file is still encrypted by sops; nothing was done.', {
    next: 'sops -d FILE | postern secret import --scope SCOPE --file -',
  })

function wrongValues(entries: readonly FileEntry[], allowEmpty: boolean): WrongLine[] {
  return entries.flatMap(({text, line}) => {
    if (text === '' && !allowEmpty) return [{line, why: 'has an empty value (--allow-empty takes it)'}]
    if (text.includes('\0')) return [{line, why: 'has a NUL in its value'}]
    if (!text.isWellFormed()) return [{line, why: 'has half a surrogate pair in its value'}]
    return Buffer.byteLength(text) > MAX_VALUE_BYTES ? [{line, why: 'has a value of more than 1 MiB'}] : []
  })
}

/** How many wrong lines an error names. */
const SHOWN = 20

function refused(wrong: readonly WrongLine[]): PosternError {
  const sorted = wrong.toSorted((a, b) => a.line - b.line)
  const named = sorted.slice(0, SHOWN).map(({line, why}) => `line ${line} ${why}`)
  const rest = sorted.length > SHOWN ? `; and ${sorted.length - SHOWN} more` : ''
  return new PosternError(
    'value_refused',
    `The file of --file cannot be taken, and nothing was done: ${named.join('; ')}${rest}.`,
    {next: 'Mend these lines; or say what it is: --format dotenv, json or yaml'},
  )
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      if (length > MAX_FILE_BYTES)
        throw new PosternError('usage', 'The file of --file has more than 24 MiB; nothing was done.')
    }
  } catch (error) {
    if (error instanceof PosternError) throw error
    const {code} = error as NodeJS.ErrnoException
    throw new PosternError('usage', `The file of --file cannot be read (${code ?? 'failed'}); nothing was done.`)
  }
  const bytes = Buffer.concat(chunks)
  for (const chunk of chunks) chunk.fill(0)
  return bytes
}
